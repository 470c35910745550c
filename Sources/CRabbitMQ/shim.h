// librabbitmq 0.11 for Swift. Each wrapper states why Swift cannot call the original.
#ifndef CRABBITMQ_SHIM_H
#define CRABBITMQ_SHIM_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <amqp.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>

// amqp_login_with_properties is variadic. The library itself announces neither capability; without them the broker
// sends neither basic.cancel when it cancels a consumer nor connection.blocked during an alarm.
static inline amqp_rpc_reply_t crabbitmq_login(amqp_connection_state_t state, const char *virtual_host, int frame_max,
                                               int heartbeat, const char *connection_name, const char *user,
                                               const char *password) {
  amqp_table_entry_t capabilities[2];
  memset(capabilities, 0, sizeof(capabilities));
  capabilities[0].key = amqp_cstring_bytes("connection.blocked");
  capabilities[0].value.kind = AMQP_FIELD_KIND_BOOLEAN;
  capabilities[0].value.value.boolean = 1;
  capabilities[1].key = amqp_cstring_bytes("consumer_cancel_notify");
  capabilities[1].value.kind = AMQP_FIELD_KIND_BOOLEAN;
  capabilities[1].value.value.boolean = 1;

  amqp_table_entry_t properties[2];
  memset(properties, 0, sizeof(properties));
  properties[0].key = amqp_cstring_bytes("capabilities");
  properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
  properties[0].value.value.table.num_entries = 2;
  properties[0].value.value.table.entries = capabilities;
  properties[1].key = amqp_cstring_bytes("connection_name");
  properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
  properties[1].value.value.bytes = amqp_cstring_bytes(connection_name);

  amqp_table_t table = {.num_entries = 2, .entries = properties};
  return amqp_login_with_properties(state, virtual_host, 0, frame_max, heartbeat, &table, AMQP_SASL_METHOD_PLAIN, user,
                                    password);
}

// The method numbers are macros with casts, which Swift does not import.
enum {
  crabbitmq_connection_close = 0x000A0032,
  crabbitmq_connection_close_ok = 0x000A0033,
  crabbitmq_connection_blocked = 0x000A003C,
  crabbitmq_connection_unblocked = 0x000A003D,
  crabbitmq_channel_close = 0x00140028,
  crabbitmq_channel_close_ok = 0x00140029,
  crabbitmq_basic_cancel = 0x003C001E,
  crabbitmq_basic_return = 0x003C0032,
  crabbitmq_basic_deliver = 0x003C003C,
  crabbitmq_basic_get_ok = 0x003C0047,
  crabbitmq_basic_get_empty = 0x003C0048,
  crabbitmq_basic_ack = 0x003C0050,
  crabbitmq_basic_nack = 0x003C0078
};
_Static_assert(AMQP_CONNECTION_CLOSE_METHOD == crabbitmq_connection_close, "connection.close");
_Static_assert(AMQP_CONNECTION_CLOSE_OK_METHOD == crabbitmq_connection_close_ok, "connection.close-ok");
_Static_assert(AMQP_CONNECTION_BLOCKED_METHOD == crabbitmq_connection_blocked, "connection.blocked");
_Static_assert(AMQP_CONNECTION_UNBLOCKED_METHOD == crabbitmq_connection_unblocked, "connection.unblocked");
_Static_assert(AMQP_CHANNEL_CLOSE_METHOD == crabbitmq_channel_close, "channel.close");
_Static_assert(AMQP_CHANNEL_CLOSE_OK_METHOD == crabbitmq_channel_close_ok, "channel.close-ok");
_Static_assert(AMQP_BASIC_CANCEL_METHOD == crabbitmq_basic_cancel, "basic.cancel");
_Static_assert(AMQP_BASIC_RETURN_METHOD == crabbitmq_basic_return, "basic.return");
_Static_assert(AMQP_BASIC_DELIVER_METHOD == crabbitmq_basic_deliver, "basic.deliver");
_Static_assert(AMQP_BASIC_GET_OK_METHOD == crabbitmq_basic_get_ok, "basic.get-ok");
_Static_assert(AMQP_BASIC_GET_EMPTY_METHOD == crabbitmq_basic_get_empty, "basic.get-empty");
_Static_assert(AMQP_BASIC_ACK_METHOD == crabbitmq_basic_ack, "basic.ack");
_Static_assert(AMQP_BASIC_NACK_METHOD == crabbitmq_basic_nack, "basic.nack");

// <sys/eventfd.h> is not in Swift's Glibc module.
static inline int crabbitmq_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// prctl is variadic, and pthread_setname_np requires _GNU_SOURCE. Names the calling thread for top and gdb.
static inline void crabbitmq_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

// <netinet/tcp.h>'s options and struct tcp_info are not reliably in Swift's Glibc module.
// Data unacknowledged for this long ends the connection; for a sender the heartbeat alone cannot do that.
static inline int crabbitmq_set_user_timeout(int fd, unsigned int milliseconds) {
  return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof(milliseconds));
}

static inline int crabbitmq_set_nodelay(int fd) {
  int on = 1;
  return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

// Corking the socket around a batch of publishes sends it in few packets; uncorking sends the rest at once.
static inline int crabbitmq_set_cork(int fd, int on) {
  return setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof(on));
}

// Milliseconds since the kernel last received data, or -1 if unknown. Safe to call from another thread while the
// connection's own thread is stuck in the library.
static inline int64_t crabbitmq_milliseconds_since_data(int fd) {
  struct tcp_info info;
  socklen_t length = sizeof(info);
  memset(&info, 0, sizeof(info));
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return -1;
  return (int64_t)info.tcpi_last_data_recv;
}

#endif
