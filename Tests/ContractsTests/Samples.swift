import Contracts

/// For each kind of message one with all fields and, if fields are optional, one with the fewest.
enum Samples {
    static let time = WireTime.instant(Timestamp(milliseconds: 1_795_253_400_250))
    static let instant = Timestamp(milliseconds: 1_796_817_600_000)
    static let expiry = WireTime.instant(Timestamp(milliseconds: 1_795_339_800_000))
    static let stream = StreamName(
        producer: Address(service: .application, partition: Partition(number: 0)),
        consumer: Address(service: .waitlist, partition: Partition(number: 12)))

    static func all() throws -> [Message] {
        let application = try ID("456")
        let volunteer = try ID("volunteer789")
        let date = try CivilDate(parsing: "2026-12-09")
        let start = try CivilTime(parsing: "14:00:00")
        let end = try CivilTime(parsing: "18:00:00")
        let text = "Уборка / \"парк\" \\ \u{0}\u{1}\u{1f}\u{7f}\n\r\t\u{8}\u{c}\u{2028} 🧹"
        return [
            .create(
                CreateVolunteerApplication(
                    fundID: try ID("007"), applicationID: application, availableSpots: 5, description: text,
                    name: "Парк",
                    date: date, startTime: start, endTime: end, timeZone: "Europe/Moscow", startsAt: instant,
                    stamp: AllocationStamp(sent: 1, release: 0))),
            .create(
                CreateVolunteerApplication(
                    fundID: try ID("0"), applicationID: volunteer, availableSpots: 100_000, description: "", name: text,
                    date: date, startTime: start, endTime: end)),
            .update(
                UpdateVolunteerApplication(
                    applicationID: application, availableSpots: 1, description: text, name: text, date: date,
                    startTime: start,
                    endTime: end, timeZone: "UTC", startsAt: instant,
                    stamp: AllocationStamp(sent: 2, release: 3))),
            .update(UpdateVolunteerApplication(applicationID: application)),
            .cancel(
                CancelVolunteerApplication(
                    applicationID: application, reason: text, stamp: AllocationStamp(sent: 9, release: 3))),
            .cancel(CancelVolunteerApplication(applicationID: try ID("1234567890123456"))),
            .response(
                VolunteerResponse(
                    volunteerID: volunteer, applicationID: application, status: .accepted, reason: text,
                    stamp: AllocationStamp(sent: .max, release: .max))),
            .response(
                VolunteerResponse(volunteerID: try ID("999999999999999"), applicationID: volunteer, status: .declined)),
            .waiting(
                VolunteerWaiting(
                    volunteerID: volunteer, applicationID: application, timestamp: time,
                    stamp: AllocationStamp(sent: 3, release: 0))),
            .waiting(VolunteerWaiting(volunteerID: application, applicationID: application)),
            .notifyFreeSpot(
                NotifyFreeSpot(
                    applicationID: application, availableSpots: 2,
                    waitingVolunteers: [volunteer, application, try ID("08"), volunteer, volunteer, application],
                    release: 3,
                    expiresAt: expiry, sent: 14, seen: 12, epoch: 1_795_253_400_000, more: true)),
            .notifyFreeSpot(
                NotifyFreeSpot(applicationID: application, availableSpots: 0, waitingVolunteers: [], more: false)),
            .waitingListRecord(
                WaitingListRecord(userID: volunteer, applicationID: application, timestamp: time, position: 1)),
            .waitingListRecord(
                WaitingListRecord(userID: application, applicationID: application, timestamp: .civil(date, start))),
            .spotStatus(
                SpotStatusRecord(
                    applicationID: application, userID: volunteer, status: .available, timestamp: time,
                    expiresAt: expiry, position: 4, reason: text, comment: text)),
            .spotStatus(
                SpotStatusRecord(applicationID: application, userID: volunteer, status: .refused, timestamp: expiry)),
            .notification(
                UserNotification(
                    userID: volunteer, message: text, timestamp: time, kind: .spotAvailable, applicationID: application)
            ),
            .notification(UserNotification(userID: application, message: "", timestamp: time)),
            .applicationState(
                ApplicationState(
                    applicationID: application, name: text,
                    schedule: ApplicationSchedule(
                        date: date, startTime: start, endTime: end, timeZone: "Europe/Moscow"),
                    startsAt: instant, isCancelled: true, reserved: 2, stamp: AllocationStamp(sent: 14, release: 3),
                    volunteers: [
                        VolunteerState(
                            volunteerID: volunteer, status: .waiting, since: instant, offerExpiresAt: instant,
                            isListed: false),
                        VolunteerState(volunteerID: application, status: .confirmed, since: instant),
                    ], isFirst: false, hasMore: true, isRestored: true)),
            .applicationState(
                ApplicationState(
                    applicationID: volunteer, name: "Парк",
                    schedule: ApplicationSchedule(date: date, startTime: start, endTime: end, timeZone: "UTC"),
                    startsAt: instant)),
            .stateComplete(StateComplete(isRestored: true)),
            .stateComplete(StateComplete()),
            .webhookSettings(
                WebhookSettings(
                    caller: "fund:456", generation: 2, rotatedAt: instant,
                    endpoints: [
                        WebhookEndpoint(
                            endpointID: "p03-1", url: "https://fund.example/hooks",
                            events: ["operation.completed", "notification.waiting"], enabledAt: instant),
                        WebhookEndpoint(endpointID: "p03-2", url: "https://fund.example/all", enabledAt: instant),
                    ])),
            .webhookSettings(WebhookSettings(caller: "service")),
            .webhookEvent(
                WebhookEvent(
                    webhookID: "p00-0", caller: "fund:456", type: "operation.completed", timestamp: instant,
                    url: "https://fund.example/callback?id=1", payload: #"{"id":"p00-0","kind":"a/б"}"#)),
            .webhookEvent(
                WebhookEvent(
                    webhookID: "p00-0", caller: "service", type: "operation.completed", timestamp: instant,
                    payload: "{}")),
            .resend(Resend(stream: stream, epoch: 1_795_253_400_000, from: 1)),
            .streamHead(StreamHead(stream: stream, epoch: .max, head: .max, handshake: "a-1", partitions: 1_000)),
            .streamHead(StreamHead(stream: stream, epoch: 1, head: 0)),
            .streamApplied(StreamApplied(stream: stream, epoch: 0, last: 0)),
            .streamApplied(StreamApplied(stream: stream, epoch: 7, last: 5, handshake: "a-1", resync: true)),
        ]
    }
}
