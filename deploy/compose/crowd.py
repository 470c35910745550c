#!/usr/bin/python3
"""Volunteers respond through the HTTP API while services are killed and cut off, and may notice no more than a delay.

Usage: crowd.py API TOKEN AMQP_URL PARTITIONS

Each partition has two applications, whose volunteers accept one after another. In one of them each waits until the
place on the list is known (`Prefer: wait`), in the other only until the command is accepted. A request that gets no
answer, or 502, 503 or 504, is repeated with the same `Idempotency-Key`. Each line of standard input begins a phase with that name,
and an empty line is the end. In each of the four phases after the first, a confirmed volunteer of a fourth of the
applications gives up the spot, and the first volunteer who is told of it accepts it.

At the end the lists and the queue `notifications` must agree with what was answered: each volunteer has one spot or
place, in the order of the responses, and was told of each event once. Notifications are told apart by their
`message_id`, because they may be published again. Prints how long it took at most in each phase until a place was
known. Exit code 0 if all is as it should be, 1 if not, 64 for wrong use.
"""

import collections
import contextlib
import http.client
import json
import queue
import random
import sys
import threading
import time
import urllib.parse
import uuid

import pika

SPOTS = 2
# Between two volunteers of one application, in seconds: below the rate limit of the API, which is 100 requests/s.
PACE = 0.25
# How long to wait for an answer to a command, or until all have been told, in seconds.
PATIENCE = 120
# In how many phases spots are given up, from the second on.
RELEASE_PHASES = 4


def partition(key, count):
    """FNV-1a-64 modulo the number of partitions (contract section 3)."""
    value = 0xCBF29CE484222325
    for byte in key.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value % count


class API:
    """One connection, which is opened again after each failure."""

    def __init__(self, url, token):
        self.host = urllib.parse.urlsplit(url).netloc
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.connection = None

    def call(self, method, path, body=None, wait=False):
        """The answer to a request that is repeated until it is answered."""
        headers = dict(self.headers)
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if wait:
            headers["Prefer"] = "wait=20"
        end = time.monotonic() + PATIENCE
        while True:
            try:
                self.connection = self.connection or http.client.HTTPConnection(self.host, timeout=30)
                self.connection.request(method, path, body and json.dumps(body), headers)
                response = self.connection.getresponse()
                status, text = response.status, response.read()
            except (OSError, http.client.HTTPException) as error:
                self.connection = None
                status, text = None, repr(error)
            if status in (200, 202):
                return json.loads(text)
            if status not in (None, 429, 502, 503, 504) or time.monotonic() > end:
                raise RuntimeError(f"{method} {path}: {status} {text}")
            time.sleep(0.1)


class Application(threading.Thread):
    """Its volunteers, in the order in which they respond."""

    def __init__(self, crowd, identifier, number, waits):
        super().__init__(daemon=True)
        self.crowd, self.identifier, self.number, self.waits = crowd, identifier, number, waits
        self.api = API(crowd.url, crowd.token)
        self.path = f"/v1/applications/{identifier}"
        self.volunteers = []
        self.decliner = self.claimant = None
        self.offered = queue.SimpleQueue()
        self.phase_of_release = 2 + number // 2 % RELEASE_PHASES

    def create(self):
        self.api.call("POST", "/v1/applications", {
            "fund_id": 1, "volunteer_application_id": self.identifier, "available_spots": SPOTS,
            "application_name": "Crowd", "application_description": "", "application_date": "2040-01-01",
            "application_starttime": "12:00:00", "application_endtime": "14:00:00"}, wait=True)

    def run(self):
        with self.crowd.reporting_failures():
            while not self.crowd.ended.wait(PACE):
                self.respond(self.crowd.new_volunteer())
                self.give_up_spot()
                self.accept_offer()

    def respond(self, volunteer):
        phase, began = self.crowd.phase, time.monotonic()
        operation = self.post(volunteer, "accepted")
        self.volunteers.append(volunteer)
        while self.waits and operation["status"] in ("pending", "running") and time.monotonic() < began + PATIENCE:
            operation = self.api.call("GET", f"/v1/operations/{operation['id']}", wait=True)
        if self.waits and operation["status"] != "succeeded":
            raise RuntimeError(f"volunteer {volunteer} has no place: {operation}")
        self.crowd.count_response(phase, time.monotonic() - began if self.waits else 0)

    def post(self, volunteer, status):
        body = {"volunteer_id": volunteer, "status": status}
        return self.api.call("POST", f"{self.path}/responses", body, wait=self.waits)

    def give_up_spot(self):
        is_time = self.crowd.phase_number >= self.phase_of_release and len(self.volunteers) > 2 * SPOTS
        if self.decliner is None and is_time:
            self.decliner = self.volunteers[0]
            self.post(self.decliner, "declined")

    def accept_offer(self):
        if self.claimant is None and not self.offered.empty():
            self.claimant = self.offered.get()
            self.post(self.claimant, "accepted")

    # What it should have come to

    @property
    def confirmed(self):
        return {*self.volunteers[:SPOTS], self.claimant} - {self.decliner, None}

    @property
    def waiting(self):
        return [volunteer for volunteer in self.volunteers[SPOTS:] if volunteer != self.claimant]

    def listed(self, state):
        page, found = {"next": f"{self.path}/responses?state={state}&order=position&limit=200"}, []
        while "next" in page:
            page = self.api.call("GET", page["next"])
            found += page["items"]
        return found

    def wrong_places(self):
        """What is wrong with the lists."""
        confirmed = {item["volunteer_id"] for item in self.listed("confirmed")}
        if confirmed != self.confirmed:
            yield f"{confirmed} are confirmed, and {self.confirmed} should be"
        waiting = [(item.get("position"), item["volunteer_id"]) for item in self.listed("waiting")]
        for place, expected in zip(waiting, enumerate(self.waiting, 1)):
            if place != expected:
                yield f"position and volunteer are {place}, and should be {expected}"
        if len(waiting) != len(self.waiting):
            yield f"{len(waiting)} are waiting, and {len(self.waiting)} should be"

    def wrong_notifications(self):
        """Who was told of something never, or twice, or of something that did not happen."""
        for volunteer in self.volunteers:
            told = self.crowd.told[self.identifier, volunteer]
            expected = collections.Counter(["confirmed" if volunteer in self.volunteers[:SPOTS] else "waiting"])
            if volunteer == self.decliner:
                expected["refused"] = 1
            if volunteer == self.claimant:
                expected += collections.Counter(["spot_available", "confirmed"])
            elif told["spot_available"]:
                # Offered to all who were waiting then.
                expected += collections.Counter(["spot_available", "not_chosen"])
            if told != expected:
                yield f"volunteer {volunteer} was told {dict(told)}, and should have been told {dict(expected)}"
        if self.claimant is None:
            yield "no spot was given up and offered"


class Crowd:
    def __init__(self, url, token, amqp, partitions):
        self.url, self.token, self.amqp = url, token, amqp
        self.ended, self.settled = threading.Event(), threading.Event()
        self.failures = queue.SimpleQueue()
        self.phase, self.phase_number = None, 0
        self.responses, self.slowest = collections.Counter(), collections.Counter()
        self.told = collections.defaultdict(collections.Counter)
        self.last_told = time.monotonic()
        self.lock, self.volunteers = threading.Lock(), 0
        self.applications = {}
        for number in range(2 * partitions):
            identifier = random.randrange(10**14, 10**15)
            while partition(str(identifier), partitions) != number // 2:
                identifier += 1
            self.applications[identifier] = Application(self, identifier, number, waits=number % 2 == 0)

    def count_response(self, phase, seconds):
        with self.lock:
            self.responses[phase] += 1
            self.slowest[phase] = max(self.slowest[phase], seconds)

    def new_volunteer(self):
        with self.lock:
            self.volunteers += 1
            return self.volunteers

    @contextlib.contextmanager
    def reporting_failures(self):
        """A thread that fails is noticed by the main one."""
        try:
            yield
        except Exception as error:
            self.failures.put(error)

    def listen(self):
        """Reads the queue `notifications` until all is settled."""
        with self.reporting_failures():
            known = set()
            channel = pika.BlockingConnection(pika.URLParameters(self.amqp)).channel()
            for _, properties, body in channel.consume("notifications", auto_ack=True, inactivity_timeout=0.1):
                if self.settled.is_set():
                    return
                if body is None or properties.message_id in known:
                    continue
                known.add(properties.message_id)
                self.hear(json.loads(body))

    def hear(self, notification):
        application = self.applications.get(int(notification["applicationId"]))
        if application is None:
            return
        volunteer, kind = int(notification["userId"]), notification["kind"]
        self.told[application.identifier, volunteer][kind] += 1
        self.last_told = time.monotonic()
        if kind == "spot_available" and application.claimant is None:
            application.offered.put(volunteer)

    def check_alive(self):
        if not self.failures.empty():
            raise self.failures.get()

    def play(self, phases):
        listener = threading.Thread(target=self.listen, daemon=True)
        listener.start()
        for application in self.applications.values():
            application.create()
        for name in iter(lambda: next(phases, "").strip(), ""):
            self.phase = name
            self.phase_number += 1
            if self.phase_number == 1:
                for application in self.applications.values():
                    application.start()
            self.check_alive()
        self.ended.set()
        for application in self.applications.values():
            application.join()
            self.check_alive()
        self.settle()
        self.settled.set()
        listener.join()
        self.check_alive()

    def settle(self):
        """Waits until all have been told of everything, and no more is heard."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            time.sleep(0.2)
            self.check_alive()
            for application in self.applications.values():
                application.accept_offer()
            if time.monotonic() - self.last_told > 2 and not any(self.wrong("wrong_notifications")):
                return

    def wrong(self, check):
        for application in self.applications.values():
            for line in getattr(application, check)():
                yield f"application {application.identifier}: {line}"

    def judge(self):
        for phase, count in self.responses.items():
            print(f"{phase}: {count} responses; who waited for a place had it within {self.slowest[phase]:.1f} s")
        wrong = [*self.wrong("wrong_places"), *self.wrong("wrong_notifications")]
        for line in wrong[:20]:
            print(line)
        if wrong:
            print(f"wrong in all: {len(wrong)}")
            return 1
        claimed = sum(application.claimant is not None for application in self.applications.values())
        print(f"{self.volunteers} volunteers responded: each has one spot or place, in order, and was told once; "
              f"{claimed} of {len(self.applications)} spots were given up and taken by another volunteer")
        return 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(64)
    crowd = Crowd(*sys.argv[1:4], int(sys.argv[4]))
    crowd.play(sys.stdin)
    sys.exit(crowd.judge())
