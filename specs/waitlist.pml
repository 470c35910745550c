/*
 * The waiting list protocol between ApplicationService (A) and WaitlistService (W): contract section 5, for one application.
 * (1) to (16) are its rules, I1 to I13 the invariants of invariants.md. specs/check explores every state.
 *
 * Each d_step is one transaction. Transactions interleave arbitrarily: the streams of section 4 deliver exactly once and in order,
 * at any time; the clocks of A and W are independent. Notifications to people are left out unless an invariant refers to them.
 * Eight places, each marked "ours", refine section 5; invariants.md gives the reasons.
 */

#ifndef VOLUNTEERS
#define VOLUNTEERS 3
#endif
#ifndef EVENTS
#define EVENTS 5        /* actions of people in total; deliveries, lapses and parts of rounds are not counted */
#endif
#ifndef SPOTS
#define SPOTS 2         /* capacity is 0…SPOTS: 0 stands for spots that others hold for ever */
#endif
#ifndef OFFER_FACTOR
#define OFFER_FACTOR 0  /* 0: all; k: k offers for each reserved spot */
#endif
#ifndef CHUNK
#define CHUNK VOLUNTEERS  /* ids in one message; 1,000 in the services */
#endif
#ifndef MUTANT
#define MUTANT 0        /* the omitted guard, see invariants.md */
#endif

#define without(m)   (MUTANT == (m))
#define set(v)       (1 << (v))
#define in(v, s)     (((s) >> (v)) & 1)
#define size(s)      (in(0, s) + in(1, s) + in(2, s) + in(3, s) + in(4, s))
#define when(is, act)  if :: (is) -> act :: else fi
/* The number comes first so that specs/check can read the broken invariant from pan's report. */
#define must(i, is)  assert(((i) > 0) && (is))

mtype = { joined, left, reserved, updated, moved, cancelled };  /* A to W */
mtype = { offered, over, more };                                 /* W to A */
mtype = { open, started, ended };                                /* application status; ended means cancelled */

/* ids are sets, one bit each: their order does not matter to A. */
chan toW = [2 * EVENTS + 2] of { mtype, byte /* volunteer or R */, byte /* release */ };
chan toA = [2 * EVENTS + 2] of { mtype, byte /* ids */, byte /* release */, byte /* seen */ };

chan lineA = [VOLUNTEERS] of { byte };  /* the waiting list as A has it, in order */
chan lineW = [VOLUNTEERS] of { byte };  /* the same at W */

typedef Application {
  mtype status;
  byte capacity, confirmed, waiting;
  byte R, release;
  byte holds;   /* hold an offer, possibly an old one: A checks its clock when they accept */
  byte endless; /* ours: were told that anyone may take a spot, while others are still to be told, so it is still reserved */
  byte had;     /* had an offer in this release and are still waiting */
  byte sorry;   /* were told `не выбрал` in this release */
  byte n
}

typedef Waitlist {
  byte list;    /* the members of lineW */
  byte R, release;
  byte offers, asked;
  byte round;   /* offers to all: those still to be asked in the current round; fixed when it begins */
  byte again;   /* offers to be sent again because the start has moved */
  bool pending; /* offer() has sent a part and must continue */
  bool rests;   /* ours: a `volunteer_response` was applied; the `notify_free_spot` of the same transaction of A comes next */
  bool past;    /* the start has come, by W's clock */
  byte seen
}

Application A;
Waitlist W;

byte events = EVENTS;
bool come;  /* the start has come, by the clock of A, of W, or of both */
bool dueW;  /* W, if it has not noticed yet, may do so at any time */

/* Without effect, only for the invariants. */
byte known; /* have responded: the others are symmetric, so they respond in order of their numbers */
byte owed;  /* waiting, and not told since a spot became free; holders of an offer when W hears of another spot count as told */
byte grown; /* the number of growths of R that W has not heard of */
bool half;  /* W has applied the first of two messages of one transaction of A */
#if MUTANT == 12
byte fixed; /* the round of a release that is over */
#endif

/* Scratch variables, meaningless between transactions. */
hidden byte want, was, lost, who, nth, most, some, part, ids, kind, arg, number, readBy;
hidden int growth;

#define taken  size(A.confirmed)
#define free   (A.capacity > taken -> A.capacity - taken : 0)
#define spare  (free - A.R)  /* the open spots */
#define same(x, y)  ((x) == (y) || without(11))


/* ---- ApplicationService ---- */

inline send(what, about) {
  must(12, len(toW) < 2 * EVENTS + 2);
  A.n++;
  toW ! what, about, A.release
}

/* (1) What the list cannot use is open to all. Where that is all that grew, W has nothing to offer, so A tells those who wait. */
inline reserve(count, evenIfUnchanged) {
  want = (count);
  want = (want > size(A.waiting) && !without(33) && !(without(17) && !A.waiting) -> size(A.waiting) : want);
  want = (without(33) && !A.waiting -> 0 : want);
  if
  :: want != A.R ->
     when(A.R == 0, A.release++; A.had = 0; A.sorry = 0);
     when((A.R == 0 || want == 0) && !without(8), A.holds = 0; A.endless = 0);
     grown = grown + (want > A.R -> 1 : 0);
     A.R = want;
     send(reserved, A.R)
  :: want == A.R && evenIfUnchanged && A.R > 0 -> send(reserved, A.R)
  :: else -> when((count) > want && A.R > 0 && spare > 0 && !without(34), tellOfSpot(A.waiting))
  fi
}

/* `место доступно` */
inline tellOfSpot(whom) {
  must(11, A.status == open);
  owed = owed & ~(whom)
}

/* `не выбрал` */
inline tellSorry(whom) {
  must(11, A.status == open);
  must(9, (A.sorry & (whom)) == 0);
  A.sorry = A.sorry | (whom)
}

inline confirm(person) {
  must(1, taken < A.capacity);
  A.confirmed = A.confirmed | set(person)
}

inline leave(person) {
  lineA ?? eval(person);
  A.waiting = A.waiting & ~set(person);
  A.holds = A.holds & ~(without(30) -> 0 : set(person));
  A.endless = A.endless & ~set(person);
  A.had = A.had & ~set(person);
  owed = owed & ~set(person)
}

/* (9) When the last reserved spot is taken or withdrawn. */
inline consoleIfNoneLeft() {
  if
  :: A.R == 0 ->
     owed = 0;
     tellSorry(lost & ~(without(23) -> 0 : A.sorry))
  :: else
  fi
}

/* (2), (3). Late: by A's clock the offer is over. */
inline accept(person, late) {
  if
  :: !in(person, A.waiting) ->
     events--;
     known = known | set(person);
     if
     :: spare > 0 || (without(21) && free > 0) -> confirm(person)
     :: else ->
        A.waiting = A.waiting | set(person);
        lineA ! person;
        owed = owed | (free > 0 -> set(person) : 0);
        send(joined, person)
     fi
  :: else ->
     if
     :: ((in(person, A.holds) && (!late || without(7))) || (in(person, A.endless) && !without(13))) && A.R > 0 && free > 0 ->
        must(4, !late || in(person, A.endless));
        events--;
        leave(person);
        confirm(person);
        lost = A.holds | A.endless;
        send(left, person);
        reserve(A.R - 1, false);
        consoleIfNoneLeft()
     :: else ->
        A.holds = A.holds & ~(late -> set(person) : 0);
        if
        :: spare > 0 ->
           events--;
           leave(person);
           confirm(person);
           send(left, person);
           reserve(A.R, !without(5))
        :: else ->
           must(10, !(in(person, A.endless) && free > 0));
           when(in(person, A.had) && !in(person, A.holds) && (!in(person, A.sorry) || without(24)), events--; tellSorry(set(person)))
        fi
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
     reserve(A.R, !without(4))
  :: else ->
     was = free;
     A.confirmed = A.confirmed & ~set(person);
     owed = owed | (free > was -> A.waiting : 0);
     when(A.waiting && free > A.R && !without(31), reserve(A.R + 1, false))
  fi
}

/* (7) While the application is `started`, only the number changes. */
inline setCapacity(spots) {
  events--;
  was = free;
  growth = spots - A.capacity;
  A.capacity = spots;
  growth = (without(1) -> growth : free - was);
  owed = (free == 0 -> 0 : owed);
  if
  :: A.status != open
  :: A.status == open && A.R > free && !without(22) ->
     lost = A.holds | A.endless;
     want = free; reserve(want, false);
     consoleIfNoneLeft()
  :: else ->
     if
     :: A.waiting && growth > 0 ->
        owed = A.waiting;
        reserve(A.R + growth, false)
     :: else
     fi
  fi
}

/* (8) */
inline hear() {
  toA ? kind, ids, number, readBy;
  ids = ids & A.waiting;
  if
  :: (!same(number, A.release) && !without(9)) || (A.R == 0 && !without(27))  /* ignore */
  :: else ->
     must(8, number == A.release);
     if
     :: kind == offered ->
        A.holds = A.holds | ids;
        A.endless = A.endless & ~ids;
        A.had = A.had | ids;
        tellOfSpot(ids)
     :: kind == more ->
        /* ours: those told that anyone may take a spot can take it, though it stays reserved until all are told */
        A.endless = A.endless | ids;
        A.holds = A.holds & ~ids;
        tellOfSpot(ids);
        when(without(28), reserve(0, false))
     :: kind == over && (readBy == A.n || without(2)) ->
        tellOfSpot(ids);
        must(7, !owed);
        reserve(0, false)
     :: else  /* W has more of our messages to read, and will answer again */
     fi
  fi
}

/* (10) */
inline start() {
  if
  :: without(14) -> A.R = 0; A.holds = 0; A.endless = 0  /* W is not told */
  :: else -> reserve(0, false)                           /* ours: W is told, as whenever R changes */
  fi;
  A.status = started;
  A.had = 0;
  owed = 0
}

/* (11) ours: when opened again, A begins a release. */
inline move() {
  events--;
  come = false;
  send(moved, 0);
  if
  :: A.status == started ->
     A.status = open;
     owed = (free > 0 -> A.waiting : 0);
     when(free > 0 && !without(15), want = free; reserve(want, false))
  :: else
  fi
}

/* (10) ours: the clock was ahead and is right again. Each side continues as if the start had not come. */
inline setRight() {
  events--;
  come = false; dueW = false;
  when(W.past, W.past = false; when(W.R > 0 && !without(35), offer()));
  if
  :: A.status == started ->
     A.status = open;
     owed = (free > 0 -> A.waiting : 0);
     when(free > 0, want = free; reserve(want, false))
  :: else
  fi
}

/* (11) */
inline cancel() {
  events--;
  send(cancelled, 0);
  A.status = ended;
  A.confirmed = 0; A.waiting = 0; A.R = 0; A.holds = 0; A.endless = 0; A.had = 0; A.sorry = 0;
  do
  :: len(lineA) > 0 -> lineA ? _
  :: len(lineA) == 0 -> break
  od;
  owed = 0
}


/* ---- WaitlistService ---- */

inline answer(what, whom) {
  must(12, len(toA) < 2 * EVENTS + 2);
  toA ! what, whom, W.release, W.seen
}

/* The first `count` members of the list that are in `among`. */
inline pick(result, among, count) {
  result = 0; some = 0; nth = 0;
  do
  :: nth < len(lineW) ->
     lineW ? who; lineW ! who;
     when(in(who, among) && some < (count), result = result | set(who); some++);
     nth++
  :: else -> break
  od
}

/* (15) One transaction sends one part. Called again it continues, so callers may call it in the middle of a round. */
inline offer() {
  W.pending = false;
  if
  :: W.R == 0 || W.rests || W.past
  :: else ->
#if OFFER_FACTOR == 0
     W.round = (W.offers || W.asked || W.round -> W.round : W.list);
     ids = W.round;
#else
     most = (OFFER_FACTOR * W.R > size(W.offers) -> OFFER_FACTOR * W.R - size(W.offers) : 0);
     pick(ids, W.list & ~W.asked, most);
#endif
     if
     :: ids ->
        must(8, !half);
        pick(part, ids, CHUNK);
        W.offers = W.offers | part;
        W.asked = W.asked | part;
        W.round = W.round & ~part;
        W.pending = (ids != part);
        answer(offered, part)
     :: !ids && !W.offers ->
        /* ours: a release that is over has no fixed round: volunteers who join during it must be told too */
        ids = W.list & ~W.asked;
#if MUTANT == 12
        fixed = (fixed -> fixed : ids);
        ids = ids & fixed;
#endif
        pick(part, ids, CHUNK);
        if
        :: ids != part ->
           W.asked = W.asked | part;
           W.pending = true;
           answer(more, part)
        :: else ->
           W.asked = W.asked | (without(26) -> part : 0);
           answer(over, part)
        fi
     :: else
     fi
  fi
}

inline forget() {
#if MUTANT == 12
  fixed = 0;
#endif
  W.offers = 0; W.asked = 0; W.round = 0; W.again = 0; W.pending = false
}

/* (12), (13), (14), (11) */
inline apply() {
  toW ? kind, arg, number;
  W.seen++;
  if
  :: kind == joined ->
     lineW ! arg;
     W.list = W.list | set(arg);
     when(W.R > 0 && !without(18), offer())
  :: kind == left ->
     lineW ?? eval(arg);
     W.list = W.list & ~set(arg);
     W.round = W.round & ~set(arg);
     W.again = W.again & ~set(arg);
     when(!without(29), W.offers = W.offers & ~set(arg); W.asked = W.asked & ~set(arg));
     half = (W.R > 0);
     W.rests = half && !without(6) && !without(16);
     when(without(6), offer())
  :: kind == reserved ->
     half = false; W.rests = false;
     when(number > W.release && !same(number, W.release) && !without(25), forget());
     if
     :: arg > W.R ->
        W.asked = (without(3) -> W.asked : W.offers);
        grown--;
        owed = owed & ~(grown == 0 && W.R > 0 -> W.offers : 0)
     :: else
     fi;
     W.R = (W.past && without(14) -> 0 : arg);
     W.release = number;
     if
     :: W.R == 0 && !without(25) -> forget()
     :: W.R > 0 && !without(19) -> offer()
     :: else
     fi
  :: kind == updated ->
     /* ours: an answer in flight has become too old for (8) */
     when(W.R > 0 && !without(10), offer())
  :: kind == moved ->
     W.past = false;
     dueW = come;
     W.again = W.offers & W.list;
     when(W.R > 0 && !without(32), offer())
  :: kind == cancelled ->
     forget();
     W.R = 0; W.list = 0; W.past = false;
     half = false; W.rests = false; dueW = false; grown = 0;
     do
     :: len(lineW) > 0 -> lineW ? _
     :: len(lineW) == 0 -> break
     od
  fi
}

/* (16) ours: the offers of a round to all end together, and its unsent parts with them: those would be over on arrival. */
inline lapse(whose) {
  W.offers = W.offers & ~(whose);
  W.again = W.again & ~(whose);
  W.round = 0;
  when(!without(20), offer())
}

/* (10), (16). R belongs to A: W only stops offering. */
inline stop() {
  W.past = true;
  W.offers = 0; W.round = 0; W.again = 0; W.pending = false;
  when(without(14), W.R = 0; W.asked = 0)
}

inline sendAgain() {
  pick(part, W.again, CHUNK);
  W.again = W.again & ~part;
  answer(offered, part)
}


/* ---- The invariants, after every transaction ---- */

/* quiet: nothing is in flight between A and W. A state that is wrong then stays wrong. */
#define startDue (come && A.status == open)
#define behind   (startDue || (dueW && !W.past))
#define quiet    (len(toW) == 0 && len(toA) == 0 && !W.pending && !W.again && !(without(14) && behind))

inline check() {
  must(2, A.R <= free && (A.R == 0 || A.waiting));
  must(13, A.R <= size(A.waiting));
  must(3, (A.confirmed & A.waiting) == 0 && ((A.holds | A.endless) & ~A.waiting) == 0);
  must(8, A.R > 0 || !(A.holds | A.endless));
  if
  :: quiet ->
     must(6, A.R == 0 || W.offers || startDue);
     must(7, A.R > 0 || !(owed && free > 0));
     must(5, A.R == W.R && A.waiting == W.list && A.n == W.seen && (A.release == W.release || A.R == 0));
     nth = 0;
     do
     :: nth < len(lineA) -> lineA ? who; lineA ! who; lineW ? arg; lineW ! arg; must(5, who == arg); nth++
     :: else -> break
     od;
     /* Only differences of these numbers matter. Resetting them when nothing is in flight merges equivalent states. */
     A.n = 0; W.seen = 0;
     when(A.R == 0, A.release = 0; W.release = 0)
  :: else
  fi
}


/* ---- Events ---- */

#define mayAct  (events > 0 && A.status == open)

active [VOLUNTEERS] proctype Volunteer() {
  byte me = _pid;
end:
  do
  /* An offer is over on A when a volunteer accepts too late, on W when it lapses: neither waits for the other. */
  :: d_step { mayAct && !in(me, A.confirmed) && (me == 0 || in(me - 1, known)) -> accept(me, false); check() }
  :: d_step { mayAct && in(me, A.holds) -> accept(me, true); check() }
  :: d_step { mayAct && in(me, A.confirmed | A.waiting) -> decline(me); check() }
  :: d_step { in(me, W.offers) -> lapse(set(me)); check() }
  od
}

active proctype Fund() {
  byte spots;
  /* Any initial capacity. */
  atomic {
    A.status = open;
    select(spots : 0 .. SPOTS);
    A.capacity = spots;
    spots = 0
  }
end:
  do
  :: d_step { events > 0 && A.status != ended && A.capacity < SPOTS -> setCapacity(A.capacity + 1); check() }
  :: d_step { events > 0 && A.status != ended && A.capacity > 0 -> setCapacity(A.capacity - 1); check() }
  /* By two at a time: a growth may exceed what the list can use, or what it has left to lose. */
  :: d_step { events > 0 && A.status != ended && A.capacity + 2 <= SPOTS -> setCapacity(A.capacity + 2); check() }
  :: d_step { events > 0 && A.status != ended && A.capacity > 1 -> setCapacity(A.capacity - 2); check() }
  :: d_step { mayAct -> events--; send(updated, 0); check() }
  :: d_step { events > 0 && A.status != ended -> move(); check() }
  :: d_step { events > 0 && A.status != ended -> cancel(); check() }
  /* The start comes, first by A's clock or first by W's. The other follows at any time, unless the start is moved before. */
  :: d_step { mayAct && !come -> events--; come = true; dueW = true; start(); check() }
  :: d_step { mayAct && !come -> events--; come = true; dueW = true; stop(); check() }
  /* It had come by a clock that was ahead only. */
  :: d_step { events > 0 && A.status != ended && come -> setRight(); check() }
  /* No event is possible any more. */
  :: timeout -> must(12, quiet && !W.offers && A.R == 0); break
  od
}

active proctype ApplicationService() {
end:
  do
  :: d_step { nempty(toA) -> hear(); check() }
  :: d_step { startDue -> start(); check() }
  od
}

active proctype WaitlistService() {
end:
  do
  :: d_step { nempty(toW) -> apply(); check() }
  :: d_step { W.pending -> offer(); check() }
  :: d_step { W.again -> sendAgain(); check() }
  :: d_step { W.round && !W.offers -> lapse(0); check() }
  :: d_step { dueW && !W.past -> stop(); check() }
  od
}
