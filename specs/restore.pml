/*
 * Restored files: the two streams between ApplicationService (A) and WaitlistService (W), contract section 4, with the transfer of
 * the state, for one application. R1 to R6 are the invariants of invariants.md, T1 to T5 the causes of a new epoch, both
 * explained there; numbers in parentheses are rules of section 5. specs/check explores every state.
 *
 * waitlist.pml trusts the streams. Here they are the subject: outboxes, queues, the consumers' rows, handshakes, epochs, resends.
 * At any moment a file is replaced by an earlier copy of itself, or by an empty one. What was published stays in the queues, so
 * messages, heads and answers of a life that is over still arrive. The clock may stand still: an epoch is only above those known.
 * In exchange the protocol is reduced to what a restored file can break: offers to all in one message, one clock, no start, no
 * cancellation, parts of the state with one volunteer each.
 *
 * Each d_step is one transaction or one publication.
 */

#ifndef VOLUNTEERS
#define VOLUNTEERS 2
#endif
#ifndef EVENTS
#define EVENTS 3        /* actions of people in total */
#endif
#ifndef RESTORES
#define RESTORES 1
#endif
#ifndef COPIES
#define COPIES 15       /* what may be restored: 1 A older, 2 A empty, 4 W older, 8 W empty */
#endif
#ifndef SPOTS
#define SPOTS 1         /* the capacity is at most this; 0 stands for spots that others hold for ever */
#endif
#ifndef QUEUE
#define QUEUE 6         /* messages in a queue */
#endif
#ifndef MUTANT
#define MUTANT 0        /* the omitted guard, see invariants.md */
#endif

#if RESTORES > 1        /* rows of an outbox */
#define ROWS 12
#else
#define ROWS 9
#endif
#define EPOCHS 12       /* no run needs more epochs or questions: one that does never comes to rest */
#define HANDSHAKES 30
#define LINES (VOLUNTEERS + 2)
#define NONE 255

#define without(m)   (MUTANT == (m))
#define set(v)       (1 << (v))
#define in(v, s)     (((s) >> (v)) & 1)
#define size(s)      (in(0, s) + in(1, s) + in(2, s))
#define when(is, act)  if :: (is) -> act :: else -> skip fi
#define larger(x, y)   ((x) > (y) -> (x) : (y))
/* The number comes first so that specs/check can read the broken invariant from pan's report. */
#define must(i, is)  assert(((i) > 0) && (is))

/* What travels in a queue: a numbered message of a stream, or a control message about one. */
mtype = { data, head, applied };
/* Data: kind, volunteer, R, release, n, and for a part of the state: offer, asked, first, more. */
#define joined    1
#define left      2
#define reserved  3
#define created   4
#define part      5
#define complete  6
#define message(kind, v)   ((kind) | ((v) << 3) | (A.R << 5) | (A.release << 7) | (A.n << 10))
#define volunteerOf(m)     (((m) >> 3) & 3)
#define RIn(m)             (((m) >> 5) & 3)
#define releaseIn(m)       (((m) >> 7) & 7)
#define nIn(m)             (((m) >> 10) & 31)
#define isOffered(m)       (((m) >> 15) & 1)
#define isAsked(m)         (((m) >> 16) & 1)
#define isFirst(m)         (((m) >> 17) & 1)
#define hasMore(m)         (((m) >> 18) & 1)
#define noOne             3
/* Answers of W: kind, ids, release, seen, epoch. */
#define offered   1
#define over      2
#define answerOf(kind, ids)  ((kind) | ((ids) << 2) | (W.release << 5) | (W.seen << 8) | (W.listE << 13))
#define idsIn(m)           (((m) >> 2) & 7)
#define releaseOf(m)       (((m) >> 5) & 7)
#define seenIn(m)          (((m) >> 8) & 31)
#define epochIn(m)         (((m) >> 13) & 15)

/* Epoch, number (of the message, of the head, or the last that was applied), content (of a control message: the handshake). */
chan toW = [QUEUE] of { mtype, byte, byte, int };
chan toA = [QUEUE] of { mtype, byte, byte, int };
#define RESYNC 256      /* in an answer: the consumer lacks the state */

/* The outbox of a file. The rows base + 1 … last are stored, those up to base are deleted. */
#define OUTBOX \
  byte e;          /* epoch, also the highest that the file has used */ \
  byte last; \
  byte base; \
  byte unverified; /* numbers above it cannot have been published; NONE once the consumer has answered */ \
  byte known;      /* what the consumer has reported to have applied */ \
  int row[ROWS]; \
  byte inE; \
  byte inLast      /* the consumer's row of the other stream */

typedef Application {
  bool exists;
  byte capacity, confirmed, waiting;
  byte line[VOLUNTEERS]; /* the waiting list in order, volunteers + 1 */
  byte R, release;
  byte holds;     /* hold an offer */
  byte asked;     /* have had one since R grew last */
  byte n;
  byte owed;      /* only for R4: waiting, and not told since a spot became free */
  bool hasResync; /* the state is being sent, or was sent, in this epoch */
  byte job;       /* the transfer: 0 none, 1 before the application, 2 within it, 3 behind it */
  byte sent;      /* whose entries the transfer has sent */
  OUTBOX
}

typedef Waitlist {
  bool exists;
  byte line[LINES];
  byte R, release;
  byte offers, asked;
  byte seen;
  byte listE;     /* the epoch of A's stream to which the list belongs */
  bool isPartial; /* parts of the state are still to come */
  bool rests;     /* a volunteer has left; the new R follows */
  bool resyncing;
  OUTBOX
}

/* What a process has only in memory: the handshake of its stream, and how far it has published. */
typedef Relay {
  byte handshake;
  bool asked, answered;
  byte renewedBy; /* the handshake whose answer led to this epoch */
  byte n;         /* A's n when the file was opened */
  byte sent
}

Application A, copyOfA;
Waitlist W, copyOfW;
Relay relayA, relayW;

byte events = EVENTS;
byte restores = RESTORES;
bool hasCopyOfA, hasCopyOfW;
byte handshakes = 2;
bool begun;
byte top = 1;      /* the highest epoch ever: an empty file may take a higher one, from the clock */

byte ended;        /* only for R3: whose offer is over by the clock, whatever a file or a message says */

hidden byte want, was, i, j, who, ids, epoch, number, next;
hidden int content, growth, m;

#define taken  size(A.confirmed)
#define free   (A.capacity > taken -> A.capacity - taken : 0)
#define spare  (free - A.R)


/* ---- Files ---- */

inline copyOutbox(x, y) {
  x.e = y.e; x.last = y.last; x.base = y.base; x.unverified = y.unverified; x.known = y.known; x.inE = y.inE; x.inLast = y.inLast;
  i = 0;
  do
  :: i < ROWS -> x.row[i] = y.row[i]; i++
  :: else -> break
  od
}

inline copyA(x, y) {
  x.exists = y.exists; x.capacity = y.capacity; x.confirmed = y.confirmed; x.waiting = y.waiting; x.R = y.R; x.release = y.release;
  x.holds = y.holds; x.asked = y.asked; x.n = y.n; x.owed = y.owed; x.hasResync = y.hasResync; x.job = y.job; x.sent = y.sent;
  i = 0;
  do
  :: i < VOLUNTEERS -> x.line[i] = y.line[i]; i++
  :: else -> break
  od;
  copyOutbox(x, y)
}

inline copyW(x, y) {
  x.exists = y.exists; x.R = y.R; x.release = y.release; x.offers = y.offers; x.asked = y.asked; x.seen = y.seen;
  x.listE = y.listE; x.isPartial = y.isPartial; x.rests = y.rests; x.resyncing = y.resyncing;
  i = 0;
  do
  :: i < LINES -> x.line[i] = y.line[i]; i++
  :: else -> break
  od;
  copyOutbox(x, y)
}

inline emptyOutbox(x) {
  x.e = 0; x.last = 0; x.base = 0; x.unverified = 0; x.known = 0; x.inE = 0; x.inLast = 0;
  i = 0;
  do
  :: i < ROWS -> x.row[i] = 0; i++
  :: else -> break
  od
}

inline emptyA(x) {
  x.exists = false; x.capacity = 0; x.confirmed = 0; x.waiting = 0; x.R = 0; x.release = 0;
  x.holds = 0; x.asked = 0; x.n = 0; x.owed = 0; x.hasResync = false; x.job = 0; x.sent = 0;
  i = 0;
  do
  :: i < VOLUNTEERS -> x.line[i] = 0; i++
  :: else -> break
  od;
  emptyOutbox(x)
}

inline forget(x) {
  x.exists = false; x.R = 0; x.release = 0; x.offers = 0; x.asked = 0; x.isPartial = false; x.rests = false;
  i = 0;
  do
  :: i < LINES -> x.line[i] = 0; i++
  :: else -> break
  od
}

inline emptyW(x) {
  forget(x);
  x.seen = 0; x.listE = 0; x.resyncing = false;
  emptyOutbox(x)
}

/* A list, of A or of W. */
inline append(x, person, lines) {
  i = 0;
  do
  :: i < lines && x.line[i] -> i++
  :: else -> break
  od;
  must(2, i < lines);
  x.line[i] = person + 1
}

inline removeFrom(x, person, lines) {
  i = 0;
  j = 0;
  do
  :: i < lines ->
     if
     :: x.line[i] == person + 1 -> skip
     :: else -> x.line[j] = x.line[i]; j++
     fi;
     i++
  :: else -> break
  od;
  do
  :: j < lines -> x.line[j] = 0; j++
  :: else -> break
  od
}

#define onLine(x, person)  (x.line[0] == (person) + 1 || x.line[1] == (person) + 1 || x.line[2] == (person) + 1)


/* ---- Producers ---- */

inline store(x, text) {
  x.last++;
  must(7, x.last - x.base <= ROWS);  /* 7: the bounds of the model suffice */
  x.row[x.last - x.base - 1] = text
}

/* The rows up to `number` are deleted. */
inline deleteRows(x, upTo) {
  i = 0;
  j = (upTo > x.base -> upTo - x.base : 0);
  x.base = x.base + j;
  do
  :: i < ROWS -> x.row[i] = (i + j < ROWS -> x.row[(i + j < ROWS -> i + j : 0)] : 0); i++
  :: else -> break
  od
}

inline ask(relay) {
  handshakes++;
  must(6, handshakes < HANDSHAKES);
  relay.handshake = handshakes;
  relay.asked = false;
  relay.answered = false;
  relay.sent = 0
}

/* A file was opened. */
inline open(x, relay) {
  x.unverified = (x.unverified == NONE -> x.last : x.unverified);
  relay.renewedBy = 0;
  ask(relay);
  when(without(1), relay.asked = true; relay.answered = true; relay.sent = x.last; x.unverified = NONE)
}

/* Above all that is known, also if the clock stands still. */
inline begin(x, relay, theirs, cause) {
  x.e = larger(x.e, theirs) + 1;
  must(6, x.e < EPOCHS);
  top = larger(top, x.e);
  x.known = 0;
  x.unverified = 0;
  ask(relay);
  relay.n = 0;
  relay.renewedBy = cause
}

/* A renews: its state covers what was not applied. */
inline renewA(theirs, cause) {
  if
  :: without(10) -> A.unverified = NONE; relayA.answered = true; relayA.sent = A.last
  :: else ->
     deleteRows(A, A.last);
     A.base = 0; A.last = 0;
     begin(A, relayA, theirs, cause)
  fi;
  A.hasResync = true;
  A.job = (without(3) -> 0 : 1);
  A.sent = 0
}

/* W renews: what A has not applied, or cannot have applied, is numbered from 1. */
inline renewW(after, theirs, cause) {
  deleteRows(W, after);
  W.last = W.last - (without(14) -> after : W.base);
  W.base = (without(14) -> W.base - after : 0);
  begin(W, relayW, theirs, cause)
}

#define answersHead(relay)  (relay.asked && !relay.answered && (content & 255) == relay.handshake)
/* Numbers above it cannot have been published by this life. */
#define sentBy(x)           (x.unverified == NONE -> x.last : x.unverified)
#define isStored(x, seq)    ((seq) > x.base && (seq) <= x.last)

inline verified(x, relay) {
  x.unverified = NONE;
  relay.answered = true;
  relay.sent = number
}

/* W's answer to A's head: epoch, number, content. */
inline answeredByW() {
  if
  :: !answersHead(relayA) -> skip
  :: answersHead(relayA) && epoch == A.e && number <= sentBy(A) ->
     if
     :: number < A.known -> renewA(epoch, content & 255)                                 /* T2 */
     :: else ->
        if
        :: content >= RESYNC && !A.hasResync && !without(8) -> renewA(epoch, content & 255)              /* T4 */
        :: else ->
           if
           :: number < A.last && !isStored(A, number + 1) && !without(13) -> renewA(epoch, content & 255) /* T3 */
           :: else -> verified(A, relayA)
           fi
        fi
     fi
  :: answersHead(relayA) && (epoch > A.e || (epoch == A.e && number > sentBy(A))) ->
     if
     :: (content & 255) == relayA.renewedBy -> skip
     :: (content & 255) != relayA.renewedBy && without(2) -> number = (number > A.last -> A.last : number); verified(A, relayA)
     :: else -> renewA(epoch, content & 255)                                                             /* T1 */
     fi
  :: else -> skip  /* a lower epoch: the head raises it */
  fi
}

inline answeredByA() {
  if
  :: !answersHead(relayW) -> skip
  :: answersHead(relayW) && epoch == W.e && number <= sentBy(W) ->
     if
     :: number < W.last && !isStored(W, number + 1) && !without(13) -> renewW(number, epoch, content & 255)  /* T3 */
     :: else -> verified(W, relayW)
     fi
  :: answersHead(relayW) && (epoch > W.e || (epoch == W.e && number > sentBy(W))) ->
     if
     :: (content & 255) == relayW.renewedBy -> skip
     :: (content & 255) != relayW.renewedBy && without(19) -> number = (number > W.last -> W.last : number); verified(W, relayW)
     :: else -> next = sentBy(W); renewW(next, epoch, content & 255)  /* T1 */
     fi
  :: else -> skip
  fi
}

inline publish(x, relay, queue) {
  relay.sent++;
  if
  :: isStored(x, relay.sent) -> queue ! data, x.e, relay.sent, x.row[relay.sent - x.base - 1]
  :: else
  fi
}

inline sendHead(x, relay, queue) {
  relay.asked = true;
  queue ! head, x.e, 0, relay.handshake
}


/* ---- Consumers ---- */

/* W sees an epoch of A's stream. */
inline adoptAtW(theirs) {
  if
  :: theirs > W.inE -> W.resyncing = (W.inE > 0); W.inE = theirs; W.inLast = 0
  :: else
  fi
}

/* A sees an epoch of W's stream; W's file is another than the one that A knows (T5). */
inline adoptAtA(theirs) {
  if
  :: theirs > A.inE ->
     was = A.inE; A.inE = theirs; A.inLast = 0;
     when(was > 0 && !without(9), renewA(0, 0))
  :: else
  fi
}

/* Not behind what was published before. */
inline sendHeadPastQueue() {
  relayA.asked = true;
  adoptAtW(A.e);
  toA ! applied, W.inE, W.inLast, relayA.handshake + (W.resyncing -> RESYNC : 0)
}

/* The head of every 30 s shows W that it lacks messages, and W asks for them. */
#define lacks(x, relay, y)  (relay.answered && relay.sent == x.last && (y.inE < x.e || (y.inE == x.e && y.inLast < x.last)))

inline resendToW() {
  adoptAtW(A.e);
  if
  :: W.inLast < A.last && isStored(A, W.inLast + 1) && W.inLast >= A.known -> relayA.sent = W.inLast
  :: W.inLast < A.last && !(isStored(A, W.inLast + 1) && W.inLast >= A.known) -> ask(relayA)
  :: else
  fi
}

inline resendToA() {
  adoptAtA(W.e);
  if
  :: A.inLast < W.last && isStored(W, A.inLast + 1) -> relayW.sent = A.inLast
  :: A.inLast < W.last && !isStored(W, A.inLast + 1) -> ask(relayW)
  :: else
  fi
}


/* ---- ApplicationService, contract section 5 ---- */

inline send(what, about) {
  A.n++;
  must(7, A.n < 32);
  store(A, message(what, about))
}

inline tellOfSpot(whom) {
  A.owed = A.owed & ~(whom)
}

/* (1) */
inline reserve(count, evenIfUnchanged) {
  want = (count);
  want = (want > size(A.waiting) -> size(A.waiting) : want);
  if
  :: want != A.R ->
     when(A.R == 0, A.release++; must(7, A.release < 8));
     when(A.R == 0 || want == 0, A.holds = 0; A.asked = 0);
     when(want > A.R, A.asked = (without(15) -> A.asked : A.holds));
     A.R = want;
     send(reserved, noOne)
  :: want == A.R && evenIfUnchanged && A.R > 0 -> send(reserved, noOne)
  :: else -> when((count) > want && A.R > 0 && spare > 0, tellOfSpot(A.waiting))
  fi
}

inline confirm(person) {
  must(1, taken < A.capacity);
  A.confirmed = A.confirmed | set(person)
}

inline leave(person) {
  removeFrom(A, person, VOLUNTEERS);
  A.waiting = A.waiting & ~set(person);
  A.holds = A.holds & ~set(person);
  A.asked = A.asked & ~set(person);
  A.owed = A.owed & ~set(person);
  A.sent = A.sent & ~set(person)
}

/* (2), (3) */
inline accept(person) {
  if
  :: !in(person, A.waiting) ->
     events--;
     if
     :: spare > 0 -> confirm(person)
     :: else ->
        A.waiting = A.waiting | set(person);
        append(A, person, VOLUNTEERS);
        A.owed = A.owed | (free > 0 -> set(person) : 0);
        send(joined, person)
     fi
  :: else ->
     if
     :: in(person, A.holds) && A.R > 0 && free > 0 ->
        events--;
        leave(person);
        confirm(person);
        send(left, person);
        reserve(A.R - 1, false);
        when(A.R == 0, A.owed = 0)
     :: else ->
        when(spare > 0, events--; leave(person); confirm(person); send(left, person); reserve(A.R, true))
     fi
  fi
}

/* (5), (6) */
inline decline(person) {
  events--;
  if
  :: in(person, A.waiting) ->
     leave(person);
     send(left, person);
     reserve(A.R, true)
  :: else ->
     A.confirmed = A.confirmed & ~set(person);
     A.owed = A.owed | (free > 0 -> A.waiting & ~A.holds : 0);
     when(A.waiting && free > A.R, reserve(A.R + 1, false))
  fi
}

/* (7) */
inline grow() {
  events--;
  was = free;
  A.capacity++;
  when(A.waiting && free > was, A.owed = A.waiting & ~A.holds; reserve(A.R + 1, false))
}

/*
 * (8) A applies W's answers only once W has answered the handshake. An answer that has seen more than the file had sent when it was
 * opened is of a life that is over, and after the handshake its epoch is over too. So the model drops it at once, and hears
 * the others at once, as if they had come later.
 */
#define isOfDeadLife  (A.unverified != NONE && seenIn(content) > relayA.n && !without(21))

inline hear() {
  ids = idsIn(content) & A.waiting;
  if
  :: (epochIn(content) != A.e && !without(4)) || isOfDeadLife || releaseOf(content) != A.release || A.R == 0  /* ignore */
  :: else ->
     if
     :: (content & 3) == offered -> A.holds = A.holds | ids; A.asked = A.asked | ids; tellOfSpot(ids)
     :: (content & 3) == over && seenIn(content) == A.n ->
        tellOfSpot(ids);
        must(4, !A.owed);
        reserve(0, false)
     :: else
     fi
  fi
}

/* The fund creates it, for the first time as far as A knows. */
inline create() {
  events--;
  A.exists = true;
  A.capacity = SPOTS;
  send(created, noOne)
}

/* One step of the state transfer: one volunteer, in the order of the list. */
inline transfer() {
  if
  :: A.job == 1 && !A.exists -> A.job = 3
  :: A.job == 3 -> store(A, complete); A.job = 0
  :: else ->
     i = 0;
     do
     :: i < VOLUNTEERS && A.line[i] && in(A.line[i] - 1, A.sent) -> i++
     :: else -> break
     od;
     who = (i < VOLUNTEERS && A.line[(i < VOLUNTEERS -> i : 0)] -> A.line[(i < VOLUNTEERS -> i : 0)] - 1 : noOne);
     A.sent = A.sent | (who != noOne -> set(who) : 0);
     m = message(part, who) | ((A.job == 1) << 17) | (((A.waiting & ~A.sent) != 0) << 18);
     m = m | (who != noOne -> (in(who, A.holds) << 15) | (in(who, A.asked) << 16) : 0);
     store(A, m);
     A.job = ((A.waiting & ~A.sent) -> 2 : 3);
     A.sent = (A.job == 3 -> 0 : A.sent)
  fi
}


/* ---- WaitlistService ---- */

inline answer(what, whom) {
  store(W, answerOf(what, whom))
}

#define listed  (onLine(W, 0) | (onLine(W, 1) << 1) | (onLine(W, 2) << 2))

/* (15) */
inline offer() {
  if
  :: W.R == 0 || W.rests || (W.isPartial && !without(5)) -> skip
  :: else ->
     if
     :: listed && !W.offers && !W.asked -> W.offers = listed; W.asked = listed; ended = ended & ~listed; answer(offered, listed)
     :: !(listed && !W.offers && !W.asked) && !W.offers -> answer(over, listed & ~W.asked)
     :: else
     fi
  fi
}

inline applyPart() {
  when(isFirst(content), when(!without(11), forget(W)); W.exists = true; W.isPartial = true; W.listE = W.inE);
  W.seen = (without(20) -> W.seen : nIn(content));
  W.R = RIn(content);
  W.release = releaseIn(content);
  if
  :: volunteerOf(content) == noOne
  :: else ->
     append(W, volunteerOf(content), LINES);
     W.offers = W.offers | (isOffered(content) << volunteerOf(content));
     ended = ended | (W.offers & ~A.holds & set(volunteerOf(content)));
     W.asked = W.asked | (isAsked(content) << volunteerOf(content))
  fi;
  W.isPartial = hasMore(content);
  W.rests = false;
  offer()
}

/* Whether the list still belongs to an earlier epoch, or is not known: its state is to come, and covers this message. */
#define isCovered  (!W.exists || (W.listE != W.inE && !without(17)))

inline apply() {
  if
  :: (content & 7) == created -> when(!(W.exists && without(16)), forget(W); W.exists = true; W.listE = W.inE; W.seen = nIn(content))
  :: (content & 7) == complete ->
     W.resyncing = false;
     when(W.listE != W.inE && !without(18), forget(W); W.listE = 0; W.seen = 0)
  :: (content & 7) == part -> applyPart()
  :: (content & 7) < created ->
     if
     ::  isCovered -> skip
     :: else ->
        W.seen = (without(20) -> W.seen + 1 : nIn(content));
        W.listE = W.inE;
        if
        :: (content & 7) == joined ->
           if
           :: W.isPartial && !without(6)  /* a later part has the volunteer */
           :: else ->
              append(W, volunteerOf(content), LINES);
              when(W.R > 0, offer())
           fi
        :: (content & 7) == left ->
           if
           :: W.isPartial && without(7)
           :: else ->
              removeFrom(W, volunteerOf(content), LINES);
              W.offers = W.offers & ~set(volunteerOf(content));
              W.asked = W.asked & ~set(volunteerOf(content))
           fi;
           W.rests = (W.R > 0)
        :: (content & 7) == reserved ->
           W.rests = false;
           when(releaseIn(content) > W.release, W.offers = 0; W.asked = 0);
           if
           :: RIn(content) > W.R -> W.asked = W.offers; A.owed = A.owed & ~W.offers
           :: else
           fi;
           W.R = RIn(content);
           W.release = releaseIn(content);
           when(W.R == 0, W.offers = 0; W.asked = 0);
           offer()
        fi
     fi
  fi
}

/* (16) */
inline lapse() {
  A.holds = A.holds & ~W.offers;
  ended = ended | W.offers;
  W.offers = 0;
  offer()
}


/* ---- Deliveries ---- */

inline receiveAtW() {
  if
  :: toW ? [data, _, _, _] ->
     toW ? data, epoch, number, content;
     adoptAtW(epoch);
     when(epoch == W.inE && number == W.inLast + 1, W.inLast++; apply())
  :: toW ? [head, _, _, _] ->
     toW ? head, epoch, number, content;
     adoptAtW(epoch);
     toA ! applied, W.inE, W.inLast, content + (W.resyncing -> RESYNC : 0)
  :: toW ? [applied, _, _, _] ->
     toW ? applied, epoch, number, content;
     answeredByA()
  fi
}

inline receiveAtA() {
  if
  :: toA ? [data, _, _, _] ->
     toA ? data, epoch, number, content;
     adoptAtA(epoch);
     when(epoch == A.inE && number == A.inLast + 1, A.inLast++; hear())
  :: toA ? [head, _, _, _] ->
     toA ? head, epoch, number, content;
     m = content;
     adoptAtA(epoch);
     toW ! applied, A.inE, A.inLast, m
  :: toA ? [applied, _, _, _] ->
     toA ? applied, epoch, number, content;
     answeredByW()
  fi
}


/* ---- The invariants, after every transaction ---- */

/* quiet: only people, time or another restored file can change anything. A state that is wrong then stays wrong. */
#define isSettled(x, relay, y)  (relay.answered && relay.sent == x.last && y.inE == x.e && y.inLast == x.last)
#define quiet  (len(toW) == 0 && len(toA) == 0 && A.job == 0 && isSettled(A, relayA, W) && isSettled(W, relayW, A))

inline check() {
  must(2, A.R <= free && A.R <= size(A.waiting) && (A.holds & ~A.waiting) == 0);
  if
  :: quiet ->
     must(5, !W.resyncing && !W.isPartial);
     must(2, A.exists == W.exists);
     must(2, !A.exists || (W.seen == A.n && W.listE == A.e && W.R == A.R && (W.release == A.release || A.R == 0)));
     i = 0;
     do
     :: i < LINES -> must(2, W.line[i] == (i < VOLUNTEERS -> A.line[(i < VOLUNTEERS -> i : 0)] : 0)); i++
     :: else -> break
     od;
     must(3, A.R == 0 || (W.offers && (W.offers & ~(A.holds | ended)) == 0));
     must(4, A.R > 0 || !(A.owed && free > 0))
  :: else
  fi
}


/* ---- What happens. The last process is explored first, which finds counterexamples sooner. ---- */

#define mayAct   (events > 0 && A.exists)
#define room(q)  (len(q) < QUEUE - 2)  /* leaves some to heads and answers */

/* Copies that cannot be restored any more are forgotten, which merges states. */
inline restored() {
  restores--;
  when(!restores, emptyA(copyOfA); emptyW(copyOfW); hasCopyOfA = false; hasCopyOfW = false)
}

/* Copies are taken, and files restored. Consumers report what they have applied, and producers delete it. */
active proctype Operator() {
  (begun);
end:
  do
  :: d_step { restores && (COPIES & 1) && !hasCopyOfA -> copyA(copyOfA, A); hasCopyOfA = true }
  :: d_step { restores && (COPIES & 4) && !hasCopyOfW -> copyW(copyOfW, W); hasCopyOfW = true }
  :: d_step { restores && hasCopyOfA -> copyA(A, copyOfA); restored(); relayA.n = A.n; open(A, relayA); check() }
  :: d_step { restores && hasCopyOfW -> copyW(W, copyOfW); restored(); open(W, relayW); check() }
  /* The clock may give an empty file any epoch that is not used yet, or a former one. */
  :: d_step { restores && (COPIES & 2) -> emptyA(A); A.e = 1; restored(); relayA.n = A.n; open(A, relayA); check() }
  :: d_step { restores && (COPIES & 2) -> emptyA(A); top++; A.e = top; restored(); relayA.n = A.n; open(A, relayA); check() }
  :: d_step { restores && (COPIES & 8) -> emptyW(W); W.e = 1; restored(); open(W, relayW); check() }
  :: d_step { restores && (COPIES & 8) -> emptyW(W); top++; W.e = top; restored(); open(W, relayW); check() }
  :: d_step { restores && A.known < W.inLast && A.e == W.inE && W.inLast <= sentBy(A) -> A.known = W.inLast }
  :: d_step { restores && A.base < A.known -> deleteRows(A, A.known); skip }
  :: d_step { restores && W.known < A.inLast && W.e == A.inE && A.inLast <= sentBy(W) -> W.known = A.inLast; deleteRows(W, W.known); skip }
  od
}

active proctype WaitlistService() {
  (begun);
end:
  do
  :: d_step { nempty(toW) && (nfull(toA) || !(toW ? [head, _, _, _])) -> receiveAtW(); check() }
  :: d_step { !relayW.asked && nfull(toA) -> sendHead(W, relayW, toA) }
  :: d_step { relayW.answered && relayW.sent < W.last && room(toA) -> publish(W, relayW, toA); check() }
  :: d_step { W.offers -> lapse(); check() }
  :: d_step { len(toW) == 0 && lacks(A, relayA, W) -> resendToW(); check() }
  od
}

active proctype ApplicationService() {
  (begun);
end:
  do
  :: d_step { nempty(toA) && (nfull(toW) || !(toA ? [head, _, _, _])) -> receiveAtA(); check() }
  :: d_step { !relayA.asked && nfull(toW) && !without(12) -> sendHead(A, relayA, toW) }
  :: d_step { !relayA.asked && nfull(toA) && without(12) -> sendHeadPastQueue() }
  :: d_step { relayA.answered && relayA.sent < A.last && room(toW) -> publish(A, relayA, toW); check() }
  :: d_step { A.job -> transfer(); check() }
  :: d_step { len(toA) == 0 && lacks(W, relayW, A) -> resendToA(); check() }
  od
}

active proctype People() {
  /* Two files that know each other, and the application. */
  atomic {
    if
    :: A.capacity = 0
    :: A.capacity = SPOTS
    fi;
    d_step {
      A.e = 1; A.inE = 1; A.unverified = NONE;
      W.e = 1; W.inE = 1; W.unverified = NONE;
      relayA.handshake = 1; relayA.asked = true; relayA.answered = true;
      relayW.handshake = 2; relayW.asked = true; relayW.answered = true;
      send(created, noOne);
      relayA.sent = 1; W.inLast = 1; W.exists = true; W.listE = 1; W.seen = 1;
      A.exists = true; begun = true
    }
  }
end:
  do
  :: d_step { mayAct && !in(0, A.confirmed) -> accept(0); check() }
  :: d_step { mayAct && !in(1, A.confirmed) -> accept(1); check() }
  :: d_step { mayAct && in(0, A.confirmed | A.waiting) -> decline(0); check() }
  :: d_step { mayAct && in(1, A.confirmed | A.waiting) -> decline(1); check() }
#if VOLUNTEERS > 2
  :: d_step { mayAct && !in(2, A.confirmed) -> accept(2); check() }
  :: d_step { mayAct && in(2, A.confirmed | A.waiting) -> decline(2); check() }
#endif
  :: d_step { mayAct && A.capacity < SPOTS -> grow(); check() }
  :: d_step { events > 0 && !A.exists -> create(); check() }
  :: timeout -> must(6, quiet && !W.offers); break
  od
}
