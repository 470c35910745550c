/* The yardstick of `deploy/bench hop`: what librabbitmq and the broker allow when nothing is decided and nothing stored.
   Consumes a quorum queue, publishes each body persistent and confirmed to another, acks a whole batch at once when all of
   it is confirmed. One connection, one channel, one thread. Ends by SIGTERM.

   usage: BareRelay HOST PORT VHOST FROM TO BATCH PREFETCH */
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

/* Waits until `wanted` more publishes are confirmed. Deliveries that come meanwhile stay in the library's queue of frames
   only if they are not taken here, so the batch is read whole before it is published. */
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

int main(int argc, char **argv) {
    if (argc != 8) {
        fprintf(stderr, "usage: BareRelay HOST PORT VHOST FROM TO BATCH PREFETCH\n");
        return 64;
    }
    const int batch = atoi(argv[6]);
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
    amqp_basic_qos(in, 1, 0, (uint16_t)atoi(argv[7]), 0);
    amqp_basic_consume(in, 1, amqp_cstring_bytes(argv[4]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    check(amqp_get_rpc_reply(in), "consume");

    amqp_basic_properties_t properties = {0};
    properties._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.delivery_mode = 2;
    uint64_t published = 0, confirmed = 0;
    for (;;) {
        uint64_t last = 0;
        int count = 0;
        struct timeval forever = {3600, 0}, brief = {0, 2000};
        while (count < batch) {
            amqp_envelope_t envelope;
            amqp_maybe_release_buffers(in);
            amqp_rpc_reply_t got = amqp_consume_message(in, &envelope, count ? &brief : &forever, 0);
            if (got.reply_type != AMQP_RESPONSE_NORMAL) {
                if (got.library_error == AMQP_STATUS_TIMEOUT) break;
                return 1;
            }
            last = envelope.delivery_tag;
            if (amqp_basic_publish(out, 1, amqp_empty_bytes, amqp_cstring_bytes(argv[5]), 1, 0, &properties,
                                   envelope.message.body))
                return 1;
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
