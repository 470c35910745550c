/* The baseline of `deploy/bench hop`: librabbitmq and the broker alone, without decisions or storage. It consumes a queue,
   publishes each body persistent, mandatory and confirmed, and acks a batch when all of it is confirmed. It uses two
   connections and one thread. SIGTERM ends it.

   PLAIN publishes with two properties; DRESSED with the properties and headers of the services' messages, which alone
   triple the cost of a message for the broker.

   A batch ends early when no message has arrived for GATHER microseconds (default 2000). With 0 it relays what is
   there, with the least latency.

   usage: BareRelay HOST PORT VHOST FROM EXCHANGE KEY PLAIN|DRESSED BATCH PREFETCH [GATHER] */
#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(amqp_rpc_reply_t reply, const char *what) {
    if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
    fprintf(stderr, "BareRelay: %s failed\n", what);
    exit(1);
}

/* Waits until all publishes are confirmed. Other frames are skipped. */
static void await_confirms(amqp_connection_state_t connection, uint64_t *confirmed, uint64_t published) {
    amqp_frame_t frame;
    while (*confirmed < published) {
        if (amqp_simple_wait_frame(connection, &frame) != AMQP_STATUS_OK) exit(1);
        if (frame.frame_type != AMQP_FRAME_METHOD) continue;
        if (frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            if (ack->multiple) *confirmed = ack->delivery_tag;
            else *confirmed += 1; /* each tag is confirmed once, so counting them is enough */
        }
    }
}

static amqp_table_entry_t text_header(const char *key, const char *value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = amqp_cstring_bytes(value);
    return entry;
}

static amqp_table_entry_t number_header(const char *key, int64_t value) {
    amqp_table_entry_t entry = {.key = amqp_cstring_bytes(key)};
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = value;
    return entry;
}

/* The properties of contract section 3, as ApplicationService gives them to its `spot_status`. Only `message_id` and `seq`
   change from message to message. */
static const char stream[] = "application.p00>notifier.p00";
static amqp_table_entry_t headers[4];
static char message_id[128];

static void dress(amqp_basic_properties_t *properties) {
    headers[0] = text_header("stream", stream);
    headers[1] = number_header("epoch", 1795251600000);
    headers[2] = number_header("seq", 0);
    headers[3] = text_header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    properties->_flags |= AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG |
                          AMQP_BASIC_USER_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties->type = amqp_cstring_bytes("spot_status");
    properties->app_id = amqp_cstring_bytes("application.p00");
    properties->user_id = amqp_cstring_bytes("guest");
    properties->timestamp = 1795251600;
    properties->headers.num_entries = 4;
    properties->headers.entries = headers;
}

static void number(amqp_basic_properties_t *properties, uint64_t seq) {
    snprintf(message_id, sizeof message_id, "%s/1795251600000/%llu", stream, (unsigned long long)seq);
    properties->message_id = amqp_cstring_bytes(message_id);
    headers[2].value.value.i64 = (int64_t)seq;
}

int main(int argc, char **argv) {
    const int complete = argc == 10 || argc == 11;
    const int dressed = complete && !strcmp(argv[7], "DRESSED");
    if (!complete || (!dressed && strcmp(argv[7], "PLAIN"))) {
        fprintf(stderr, "usage: BareRelay HOST PORT VHOST FROM EXCHANGE KEY PLAIN|DRESSED BATCH PREFETCH [GATHER]\n");
        return 64;
    }
    const int gather = argc == 11 ? atoi(argv[10]) : 2000;
    const amqp_bytes_t exchange = amqp_cstring_bytes(argv[5]), key = amqp_cstring_bytes(argv[6]);
    const int batch = atoi(argv[8]);
    amqp_connection_state_t in = amqp_new_connection(), out = amqp_new_connection();
    amqp_connection_state_t both[] = {in, out};
    for (int i = 0; i < 2; i++) {
        amqp_socket_t *socket = amqp_tcp_socket_new(both[i]);
        if (!socket || amqp_socket_open(socket, argv[1], atoi(argv[2]))) {
            fprintf(stderr, "BareRelay: no connection\n");
            return 1;
        }
        check(amqp_login(both[i], argv[3], 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "login");
        amqp_channel_open(both[i], 1);
        check(amqp_get_rpc_reply(both[i]), "channel");
    }
    amqp_confirm_select(out, 1);
    amqp_basic_qos(in, 1, 0, (uint16_t)atoi(argv[9]), 0);
    amqp_basic_consume(in, 1, amqp_cstring_bytes(argv[4]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(in), "consume");

    amqp_basic_properties_t properties = {0};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.delivery_mode = 2;
    if (dressed) dress(&properties);
    uint64_t published = 0, confirmed = 0;
    for (;;) {
        uint64_t last = 0;
        int count = 0;
        struct timeval forever = {3600, 0}, brief = {0, gather};
        while (count < batch) {
            amqp_envelope_t envelope;
            amqp_maybe_release_buffers(in);
            amqp_rpc_reply_t got = amqp_consume_message(in, &envelope, count ? &brief : &forever, 0);
            if (got.reply_type != AMQP_RESPONSE_NORMAL) {
                if (got.library_error == AMQP_STATUS_TIMEOUT) break;
                return 1;
            }
            last = envelope.delivery_tag;
            if (dressed) number(&properties, published + 1);
            if (amqp_basic_publish(out, 1, exchange, key, 1, 0, &properties, envelope.message.body)) return 1;
            amqp_destroy_envelope(&envelope);
            published++;
            count++;
        }
        if (!count) continue;
        await_confirms(out, &confirmed, published);
        amqp_maybe_release_buffers(out);
        amqp_basic_ack(in, 1, last, 1);
    }
}
