/*
 * linetwin.h: reads, writes and watches the registers of a linetwin register server.
 *
 * The format is in protocol/README.md. A connection (struct lt_conn) belongs to one
 * thread. Calls wait for the server's answer; what it pushes for watches is handed to their
 * callbacks meanwhile and in lt_poll, which a program that has nothing else to ask calls
 * often: it also keeps the connection alive.
 *
 * Functions return LT_OK, or a status of the server (positive), or a failure that was
 * found on this side (negative); lt_error says it in words. After LT_CLOSED, LT_TIMEOUT or
 * LT_GARBLED the connection is closed, and all that remains to be done is lt_close.
 */
#ifndef LINETWIN_H
#define LINETWIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { LT_ANY, LT_BOOL, LT_U16, LT_I16, LT_U32, LT_I32, LT_U64, LT_I64, LT_F32, LT_F64 };
enum { LT_GOOD, LT_UNCERTAIN, LT_BAD };
enum { LT_READ_ONLY_ACCESS, LT_OPERATOR, LT_ENGINEER };
enum { LT_ABCD, LT_CDAB, LT_BADC, LT_DCBA };
enum { LT_SET, LT_ADD, LT_MASK, LT_COMPARE_SET };
enum { LT_FEATURE_TRANSACTIONS = 1, LT_FEATURE_CLAIMS = 2, LT_FEATURE_CLOCK = 4 };

enum {
    LT_OK,
    LT_UNKNOWN_REGISTER,
    LT_WRONG_TYPE,
    LT_READ_ONLY,
    LT_OUT_OF_RANGE,
    LT_BUSY,
    LT_NOT_AUTHORISED,
    LT_DEVICE_FAILED,
    LT_NOT_RESPONDING,
    LT_MALFORMED,
    LT_LIMIT_EXCEEDED,
    LT_NO_VERSION,
    LT_OTHER_MAP,
    LT_OTHER_VALUE,

    LT_CLOSED = -1,  /* the connection could not be made, or has ended */
    LT_TIMEOUT = -2, /* the server did not answer in time */
    LT_GARBLED = -3, /* the server sent what the format does not have */
    LT_USAGE = -4,   /* the call makes no request; the connection is as before */
    LT_MEMORY = -5   /* malloc failed; the connection is as before */
};

enum { LT_MOST = 2048 }; /* registers in a list, block or watch */

/* lt_value is the value of a register, or, where status is not LT_OK, why there is none. */
struct lt_value {
    uint64_t bits; /* as in the register, above its width 0; lt_integer, lt_double */
    int64_t time;  /* of the last change, ns of line time; 0 unless it was asked for */
    uint8_t type;
    uint8_t quality;
    uint8_t status;
};

/* lt_change changes one register. LT_MASK takes the bits that are 0 in operand from value;
 * LT_COMPARE_SET needs the register to hold operand. The others have no operand. */
struct lt_change {
    uint16_t ref;
    uint8_t action;
    struct lt_value value, operand; /* the value's quality is what the register gets */
};

struct lt_register {
    const char *name, *unit, *doc;
    uint8_t type, access, order;
};

struct lt_options {
    const char *token, *name; /* or NULL */
    const uint8_t *digest;    /* 32 bytes: connect only to a server with this map; or NULL */
    int timeout_ms;           /* for connecting, and for each answer; 0: 5000 */
};

struct lt_server {
    uint8_t version, access;
    uint16_t features, idle_s; /* idle_s: silence after which the server closes */
    uint32_t registers;
    uint8_t digest[32];
};

/* lt_watch_options: all zero, and every change is pushed as soon as the server can. */
struct lt_watch_options {
    uint32_t interval_us;  /* at least this long between two pushes */
    uint32_t heartbeat_us; /* an empty push after so long without; 0: none */
    float absolute;        /* push a number when it moved further than this, or */
    float percent;         /* than so many percent of what was pushed; 0: at every change */
    bool times;
};

/* lt_item is a register in a push: index is its place in the watch's list. */
struct lt_item {
    uint16_t index, ref;
    struct lt_value value;
};

/* lt_push_func gets what changed, or nothing for a heartbeat. coalesced values fell due
 * and were replaced by newer ones because this side did not read. The items are the
 * library's; the function calls nothing with the connection but lt_register_at and lt_find. */
typedef void lt_push_func(void *user, uint16_t watch, uint32_t coalesced, const struct lt_item *items, size_t n);

/* lt_clock is how the line's clock stands to CLOCK_MONOTONIC of this machine, in ns: line =
 * monotonic + offset, wrong by no more than uncertainty. */
struct lt_clock {
    int64_t offset, uncertainty;
};

struct lt_conn;

/* lt_open connects to "host:port" and loads the map. *conn is set also on failure, for
 * lt_error and lt_close, unless memory is out. */
int lt_open(const char *address, const struct lt_options *options, struct lt_conn **conn);
void lt_close(struct lt_conn *conn);

const char *lt_error(const struct lt_conn *conn); /* what failed last; never NULL */
const char *lt_status_text(int status);
const struct lt_server *lt_server_info(const struct lt_conn *conn);

int32_t lt_find(const struct lt_conn *conn, const char *name);                     /* or -1 */
const struct lt_register *lt_register_at(const struct lt_conn *conn, uint16_t ref); /* or NULL */

/* Reading. A type other than LT_ANY makes the server refuse registers of another. A block
 * or list is of one instant, and values gets n of them; registers of a list that cannot be
 * read have their status there. */
int lt_read(struct lt_conn *conn, uint16_t ref, int type, bool time, struct lt_value *value);
int lt_block(struct lt_conn *conn, uint16_t first, size_t n, int type, bool times, struct lt_value *values);
int lt_list(struct lt_conn *conn, const uint16_t *refs, size_t n, bool times, struct lt_value *values);

/* Writing. old, if not NULL, gets what the register held before. */
int lt_write(struct lt_conn *conn, uint16_t ref, struct lt_value value);
int lt_apply(struct lt_conn *conn, const struct lt_change *change, struct lt_value *old);

/* lt_transact makes all changes or none, and reads right after. failed, if not NULL, gets
 * which change was at fault (or n_changes + which register), or -1. */
int lt_transact(struct lt_conn *conn, const struct lt_change *changes, size_t n_changes, const uint16_t *reads,
                size_t n_reads, bool times, struct lt_value *values, int32_t *failed);

/* lt_watch begins with a push of all its registers. options may be NULL. */
int lt_watch(struct lt_conn *conn, const uint16_t *refs, size_t n, const struct lt_watch_options *options,
             lt_push_func *func, void *user, uint16_t *watch);
int lt_unwatch(struct lt_conn *conn, uint16_t watch);

/* lt_poll waits at most so long for a push; it delivers all that have come. */
int lt_poll(struct lt_conn *conn, int timeout_ms);

/* lt_claim makes this client the source of registers: they become bad when it ends, or is
 * silent for longer than the hold (0: the server's idle time-out). */
int lt_claim(struct lt_conn *conn, const uint16_t *refs, size_t n, uint32_t hold_ms);
int lt_release(struct lt_conn *conn);

int lt_exchange_clock(struct lt_conn *conn, struct lt_clock *clock);
int lt_ping(struct lt_conn *conn);

/* Values. lt_parse fails with LT_OUT_OF_RANGE, or with LT_USAGE for what is no number. */
int lt_parse(const char *text, int type, struct lt_value *value);
const char *lt_format(struct lt_value value, char text[32]);
int64_t lt_integer(struct lt_value value); /* of a bool or integer; of a u64 its bits */
double lt_double(struct lt_value value);   /* of any type; the nearest one */

static inline struct lt_value lt_make(int type, uint64_t bits)
{
    struct lt_value v = {bits, 0, (uint8_t)type, LT_GOOD, LT_OK};
    return v;
}

static inline struct lt_value lt_bool(bool x) { return lt_make(LT_BOOL, x); }
static inline struct lt_value lt_u16(uint16_t x) { return lt_make(LT_U16, x); }
static inline struct lt_value lt_i16(int16_t x) { return lt_make(LT_I16, (uint16_t)x); }
static inline struct lt_value lt_u32(uint32_t x) { return lt_make(LT_U32, x); }
static inline struct lt_value lt_i32(int32_t x) { return lt_make(LT_I32, (uint32_t)x); }
static inline struct lt_value lt_u64(uint64_t x) { return lt_make(LT_U64, x); }
static inline struct lt_value lt_i64(int64_t x) { return lt_make(LT_I64, (uint64_t)x); }

static inline struct lt_value lt_f32(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return lt_make(LT_F32, bits);
}

static inline struct lt_value lt_f64(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return lt_make(LT_F64, bits);
}

#endif
