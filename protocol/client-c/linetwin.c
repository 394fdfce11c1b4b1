/*
 * linetwin.c: a client of the register server, as protocol/README.md describes it.
 *
 * The API is linetwin.h; command.c is a command line on top of it.
 *
 * It needs POSIX sockets and an IEEE 754 float and double, and assumes nothing about the
 * order of bytes. It uses a fixed buffer for what arrives; what it allocates for the map and
 * the watches is bounded whatever the server sends.
 */
#define _POSIX_C_SOURCE 200809L

#include "linetwin.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

enum {
    VERSION = 1,
    HEAD = 3,                     /* operation and id */
    MOST_REQUEST = 4109,          /* bytes of payload */
    MOST_MESSAGE = HEAD + 2 + 0xffff,
    HELLO_BYTES = 48,             /* of the server's */
    MOST_MAP = 64 << 20           /* bytes of names, units and docs */
};

/* The operations of requests and of answers. */
enum {
    ASK_PING = 0x01,
    ASK_UNWATCH = 0x02,
    ASK_MAP = 0x03,
    ASK_CLOCK = 0x04,
    ASK_RELEASE = 0x05,
    ASK_CHANGE = 0x06,
    ASK_READ = 0x10,
    ASK_READ_TIMED = 0x20,
    ASK_WRITE = 0x30,
    ASK_BLOCK = 0x40,
    ASK_BLOCK_TIMED = 0x50,
    ASK_LIST = 0x80,
    ASK_TRANSACTION = 0x84,
    ASK_WATCH = 0x86,
    ASK_CLAIM = 0x87,

    IS_ACK = 0x01,
    IS_FAIL = 0x02,
    IS_FAIL_AT = 0x03,
    IS_TIMES = 0x04,
    IS_ENTRIES = 0x80,
    IS_PACKED = 0x81,
    IS_MAP = 0x82,
    IS_PUSH = 0x83,
    IS_GOODBYE = 0xff,

    WITH_LENGTH = 0x80
};

/* message is one that arrived; its payload lies in the connection's buffer until the next
 * is read. */
struct message {
    uint8_t op;
    uint16_t id;
    const uint8_t *payload;
    size_t size;
};

struct watch {
    struct watch *next;
    uint16_t id;
    size_t n;
    lt_push_func *func;
    void *user;
    uint16_t *refs;
    struct lt_item *items;
};

struct lt_conn {
    int fd; /* -1 when the connection has ended */
    int timeout_ms;
    int64_t keepalive_ms; /* silence after which a ping is sent */
    struct lt_server server;

    struct lt_register *map;
    size_t known, map_bytes; /* registers in map so far, and what their texts take */
    uint16_t *by_name;       /* references in the order of names, once all are there */

    struct watch *watches;
    bool pushing;  /* a callback runs */
    unsigned pushes;

    uint16_t last_id;
    uint16_t ping; /* id of the ping on its way, or 0 */
    int64_t ping_until, sent_ms;
    int64_t arrived_ns; /* when the newest bytes came */
    int64_t clock_t4;   /* arrival of the last clock answer */

    struct message answer;
    uint16_t failed_at;
    size_t from, to; /* what of in is not worked off */
    uint8_t in[MOST_MESSAGE];

    size_t out_size;
    bool out_full;
    uint8_t out[HEAD + 2 + MOST_REQUEST];

    char error[256];
};

/* ---- failures ---- */

const char *lt_error(const struct lt_conn *c) { return c ? c->error : "out of memory"; }

const char *lt_status_text(int status)
{
    static const char *const texts[] = {
        "ok", "unknown register", "wrong type", "read only", "out of range", "busy", "not authorised",
        "device failed", "device not responding", "malformed", "limit exceeded", "no common version",
        "the register map differs", "the register holds another value"};
    static const char *const own[] = {"connection closed", "no answer in time", "not the format", "wrong call",
                                      "out of memory"};
    if (status >= 0 && status < (int)(sizeof texts / sizeof *texts)) return texts[status];
    if (status < 0 && -status <= (int)(sizeof own / sizeof *own)) return own[-status - 1];
    return "unknown status";
}

static int fail(struct lt_conn *c, int status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(c->error, sizeof c->error, format, args);
    va_end(args);
    return status;
}

/* gone ends the connection; the text of its failure stays. */
static int gone(struct lt_conn *c, int status)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    return status;
}

static int garbled(struct lt_conn *c, const char *what)
{
    fail(c, LT_GARBLED, "the server sent what the format does not have: %s", what);
    return gone(c, LT_GARBLED);
}

static int no_memory(struct lt_conn *c) { return fail(c, LT_MEMORY, "out of memory"); }

/* ---- numbers ---- */

static size_t width(int type)
{
    static const uint8_t widths[] = {0, 1, 2, 2, 4, 4, 8, 8, 4, 8};
    return type >= 0 && type < (int)sizeof widths ? widths[type] : 0;
}

/* cursor reads a payload. Reading past its end gives zeros and sets broken. */
struct cursor {
    const uint8_t *at, *end;
    bool broken;
};

static uint64_t get(struct cursor *r, size_t bytes)
{
    uint64_t x = 0;
    if ((size_t)(r->end - r->at) < bytes) {
        r->broken = true;
        r->at = r->end;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++) x |= (uint64_t)r->at[i] << 8 * i;
    r->at += bytes;
    return x;
}

static uint32_t get_varint(struct cursor *r)
{
    uint32_t x = 0;
    for (int shift = 0; shift < 21; shift += 7) {
        uint8_t b = (uint8_t)get(r, 1);
        x |= (uint32_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) return x;
    }
    r->broken = true;
    return 0;
}

/* get_value reads a value; of a bool only 0 and 1 are values. */
static struct lt_value get_value(struct cursor *r, int type, int quality, bool timed)
{
    struct lt_value v = lt_make(type, get(r, width(type)));
    v.quality = (uint8_t)quality;
    if (timed) v.time = (int64_t)get(r, 8);
    if (width(type) == 0 || quality > LT_BAD || (type == LT_BOOL && v.bits > 1)) r->broken = true;
    return v;
}

/* get_entry reads an entry; *skip gets the registers left out before it. */
static struct lt_value get_entry(struct cursor *r, uint32_t *skip)
{
    uint8_t head = (uint8_t)get(r, 1);
    *skip = 0;
    if ((head & 0x0f) == 0) {
        struct lt_value none = lt_make(LT_ANY, 0);
        none.status = head >> 4;
        if (none.status == LT_OK) r->broken = true;
        return none;
    }
    if (head & 0x40) *skip = get_varint(r);
    return get_value(r, head & 0x0f, head >> 4 & 3, head & 0x80);
}

static void put(struct lt_conn *c, uint64_t x, size_t bytes)
{
    if (c->out_size + bytes > sizeof c->out) {
        c->out_full = true;
        return;
    }
    for (size_t i = 0; i < bytes; i++) c->out[c->out_size++] = (uint8_t)(x >> 8 * i);
}

static void put_refs(struct lt_conn *c, const uint16_t *refs, size_t n)
{
    for (size_t i = 0; i < n; i++) put(c, refs[i], 2);
}

static void put_change(struct lt_conn *c, const struct lt_change *change)
{
    size_t bytes = width(change->value.type);
    put(c, change->ref, 2);
    put(c, (unsigned)change->value.type | (unsigned)change->value.quality << 4 | (unsigned)change->action << 6, 1);
    put(c, change->value.bits, bytes);
    if (change->action == LT_MASK || change->action == LT_COMPARE_SET) put(c, change->operand.bits, bytes);
}

/* ---- sending and receiving ---- */

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t now_ms(void) { return now_ns() / 1000000; }

/* ready waits until the socket can be read (or written); false when the time is up. */
static bool ready(int fd, short events, int64_t until)
{
    for (;;) {
        struct pollfd p = {fd, events, 0};
        int64_t left = until - now_ms();
        int n = poll(&p, 1, left <= 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left);
        if (n > 0) return true;
        if (n == 0 && left <= 0) return false;
        if (n < 0 && errno != EINTR) return true; /* reading or writing will say why */
    }
}

/* send_bytes sends all. The server reads on while fewer than 64 KiB of answers and pushes
 * wait here, so one request at a time always finds room in the end. */
static int send_bytes(struct lt_conn *c, const uint8_t *bytes, size_t n)
{
    int64_t until = now_ms() + c->timeout_ms;
    while (n > 0) {
        ssize_t sent = send(c->fd, bytes, n, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes += sent;
            n -= (size_t)sent;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            if (!ready(c->fd, POLLOUT, until)) {
                fail(c, LT_TIMEOUT, "the server took nothing for %d ms", c->timeout_ms);
                return gone(c, LT_TIMEOUT);
            }
        } else if (errno != EINTR) {
            fail(c, LT_CLOSED, "sending: %s", strerror(errno));
            return gone(c, LT_CLOSED);
        }
    }
    c->sent_ms = now_ms();
    return LT_OK;
}

static uint16_t new_id(struct lt_conn *c)
{
    for (;;) {
        uint16_t id = ++c->last_id;
        struct watch *w = c->watches;
        while (w && w->id != id) w = w->next;
        if (id != 0 && id != c->ping && !w) return id;
    }
}

/* keep_alive pings when nothing was sent for long, and notices a ping without an answer. */
static int keep_alive(struct lt_conn *c, int64_t now)
{
    if (c->ping != 0 && now >= c->ping_until) {
        fail(c, LT_TIMEOUT, "the server did not answer a ping within %d ms", c->timeout_ms);
        return gone(c, LT_TIMEOUT);
    }
    if (c->ping == 0 && now - c->sent_ms >= c->keepalive_ms) {
        uint16_t id = new_id(c);
        uint8_t ping[HEAD] = {ASK_PING, (uint8_t)id, (uint8_t)(id >> 8)};
        c->ping = id;
        c->ping_until = now + c->timeout_ms;
        return send_bytes(c, ping, sizeof ping);
    }
    return LT_OK;
}

enum { TIME_IS_UP = 1000 };

/* fill waits for bytes. */
static int fill(struct lt_conn *c, int64_t until)
{
    if (c->from > 0) {
        memmove(c->in, c->in + c->from, c->to - c->from);
        c->to -= c->from;
        c->from = 0;
    }
    for (;;) {
        int status = keep_alive(c, now_ms());
        if (status != LT_OK) return status;
        int64_t wake = c->ping != 0 ? c->ping_until : c->sent_ms + c->keepalive_ms;
        if (!ready(c->fd, POLLIN, wake < until ? wake : until)) {
            if (now_ms() >= until) return TIME_IS_UP;
            continue;
        }
        ssize_t n = recv(c->fd, c->in + c->to, sizeof c->in - c->to, 0);
        if (n > 0) {
            c->arrived_ns = now_ns();
            c->to += (size_t)n;
            return LT_OK;
        }
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) continue;
        fail(c, LT_CLOSED, n == 0 ? "the server closed the connection" : "receiving: %s", strerror(errno));
        return gone(c, LT_CLOSED);
    }
}

/* parse takes the next message out of the buffer, if all of it is there. */
static int parse(struct lt_conn *c, struct message *m, bool *there)
{
    struct cursor r = {c->in + c->from, c->in + c->to, false};
    size_t size = 0;
    *there = false;
    m->op = (uint8_t)get(&r, 1);
    m->id = (uint16_t)get(&r, 2);
    if (m->op & WITH_LENGTH) size = (size_t)get(&r, 2);
    if (r.broken) return LT_OK;
    if (m->op & WITH_LENGTH) {
        if (m->op > IS_PUSH && m->op != IS_GOODBYE) return garbled(c, "an unknown message");
    } else if (m->op >= 0x10) {
        size = width(m->op & 0x0f) + (m->op & 0x40 ? 8 : 0);
        if (width(m->op & 0x0f) == 0 || (m->op & 0x30) == 0) return garbled(c, "an unknown message");
    } else {
        static const uint8_t sizes[] = {0, 0, 1, 3, 16};
        if (m->op < IS_ACK || m->op > IS_TIMES) return garbled(c, "an unknown message");
        size = sizes[m->op];
    }
    if ((size_t)(r.end - r.at) < size) return LT_OK;
    m->payload = r.at;
    m->size = size;
    c->from = (size_t)(r.at - c->in) + size;
    *there = true;
    return LT_OK;
}

static int deliver(struct lt_conn *c, const struct message *m)
{
    struct cursor r = {m->payload, m->payload + m->size, false};
    uint32_t coalesced = get_varint(&r);
    struct watch *w = c->watches;
    size_t n = 0, index = 0;
    while (w && w->id != m->id) w = w->next;
    if (!w) return garbled(c, "a push for no watch");
    while (!r.broken && r.at < r.end) {
        uint32_t skip;
        struct lt_value v = get_entry(&r, &skip);
        index += skip;
        if (index >= w->n) return garbled(c, "a push for more registers than are watched");
        uint16_t ref = w->refs[index];
        if (v.status == LT_OK && ref < c->known && v.type != c->map[ref].type) r.broken = true;
        w->items[n].index = (uint16_t)index++;
        w->items[n].ref = ref;
        w->items[n++].value = v;
    }
    if (r.broken) return garbled(c, "a push that does not follow the format");
    c->pushes++;
    c->pushing = true;
    w->func(w->user, w->id, coalesced, w->items, n);
    c->pushing = false;
    return LT_OK;
}

static int goodbye(struct lt_conn *c, const struct message *m)
{
    int status = m->size > 0 ? m->payload[0] : LT_OK;
    int n = m->size > 1 && m->size < 200 ? (int)m->size - 1 : 0;
    fail(c, LT_CLOSED, "the server ended the connection: %s: %.*s", lt_status_text(status), n,
         n > 0 ? (const char *)m->payload + 1 : "");
    return gone(c, LT_CLOSED);
}

/* run works off what arrives until the answer to id has come, or, when id is 0, until a push
 * was delivered and no more have come; or until the time is up. */
static int run(struct lt_conn *c, uint16_t id, int64_t until)
{
    unsigned before = c->pushes;
    for (;;) {
        struct message m;
        bool there;
        int status = parse(c, &m, &there);
        if (status == LT_OK && !there) {
            status = fill(c, id == 0 && c->pushes != before ? 0 : until);
        } else if (status == LT_OK && m.op == IS_PUSH) {
            status = deliver(c, &m);
        } else if (status == LT_OK && m.op == IS_GOODBYE) {
            status = goodbye(c, &m);
        } else if (status == LT_OK && c->ping != 0 && m.id == c->ping && m.op == IS_ACK) {
            c->ping = 0;
        } else if (status == LT_OK && id != 0 && m.id == id) {
            c->answer = m;
            return LT_OK;
        } else if (status == LT_OK) {
            status = garbled(c, "an answer to no request");
        }
        if (status != LT_OK) return status;
    }
}

/* begin starts a request. */
static int begin(struct lt_conn *c, int op)
{
    if (c->pushing) return fail(c, LT_USAGE, "a push's callback makes no requests");
    if (c->fd < 0) return LT_CLOSED; /* lt_error still says why */
    c->out_size = 0;
    c->out_full = false;
    put(c, (uint8_t)op, 1);
    put(c, new_id(c), 2);
    if (op & WITH_LENGTH) put(c, 0, 2);
    return LT_OK;
}

/* call sends the request and waits for its answer, which has this operation. what is for
 * the text of a failure. */
static int call(struct lt_conn *c, int want, const char *what)
{
    uint16_t id = c->last_id;
    if (c->out_full) return fail(c, LT_USAGE, "%s: a request has at most %d bytes", what, MOST_REQUEST);
    if (c->out[0] & WITH_LENGTH) {
        size_t size = c->out_size - HEAD - 2;
        c->out[HEAD] = (uint8_t)size;
        c->out[HEAD + 1] = (uint8_t)(size >> 8);
    }
    int status = send_bytes(c, c->out, c->out_size);
    if (status == LT_OK) status = run(c, id, now_ms() + c->timeout_ms);
    if (status == TIME_IS_UP) {
        fail(c, LT_TIMEOUT, "%s: no answer within %d ms", what, c->timeout_ms);
        status = gone(c, LT_TIMEOUT);
    }
    if (status != LT_OK) return status;

    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    if (c->answer.op == IS_FAIL || c->answer.op == IS_FAIL_AT) {
        int refused = (int)get(&r, 1);
        c->failed_at = c->answer.op == IS_FAIL_AT ? (uint16_t)get(&r, 2) : 0;
        if (refused == LT_OK) return garbled(c, "a failure with status 0");
        return fail(c, refused, "%s: %s", what, lt_status_text(refused));
    }
    bool value = c->answer.op >= 0x10 && c->answer.op < 0x80;
    if (want == ASK_READ ? !value : c->answer.op != want) return garbled(c, "the answer to another request");
    return LT_OK;
}

/* ---- connecting ---- */

static int dial(struct lt_conn *c, const char *address)
{
    char host[256];
    const char *colon = strrchr(address, ':');
    if (!colon || colon == address || (size_t)(colon - address) >= sizeof host)
        return fail(c, LT_USAGE, "%s: an address is host:port", address);
    size_t n = (size_t)(colon - address);
    bool bracketed = address[0] == '[' && address[n - 1] == ']' && n > 2;
    memcpy(host, address + bracketed, n - 2 * bracketed);
    host[n - 2 * bracketed] = 0;

    struct addrinfo hints, *found;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int err = getaddrinfo(host, colon + 1, &hints, &found);
    if (err != 0) return fail(c, LT_CLOSED, "%s: %s", address, gai_strerror(err));

    int64_t until = now_ms() + c->timeout_ms;
    err = ETIMEDOUT;
    for (struct addrinfo *a = found; a && c->fd < 0; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0 || fcntl(fd, F_SETFL, O_NONBLOCK) < 0) {
            err = errno;
        } else if (connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            c->fd = fd;
        } else if ((err = errno) == EINPROGRESS) {
            socklen_t size = sizeof err;
            if (!ready(fd, POLLOUT, until))
                err = ETIMEDOUT;
            else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &size) == 0 && err == 0)
                c->fd = fd;
        }
        if (fd >= 0 && c->fd < 0) close(fd);
    }
    freeaddrinfo(found);
    if (c->fd < 0) return fail(c, LT_CLOSED, "%s: %s", address, strerror(err));
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return LT_OK;
}

static int hello(struct lt_conn *c, const struct lt_options *o)
{
    static const uint8_t features = LT_FEATURE_TRANSACTIONS | LT_FEATURE_CLAIMS | LT_FEATURE_CLOCK;
    const char *texts[2] = {o->token ? o->token : "", o->name ? o->name : ""};
    c->out_size = 0;
    memcpy(c->out, "LTRB", 4);
    c->out_size = 4;
    put(c, VERSION, 1);
    put(c, VERSION, 1);
    put(c, features, 2);
    for (int i = 0; i < 32; i++) put(c, o->digest ? o->digest[i] : 0, 1);
    for (int i = 0; i < 2; i++) {
        size_t n = strlen(texts[i]);
        if (n > 255) return fail(c, LT_USAGE, "a token and a name have at most 255 bytes");
        put(c, n, 1);
        memcpy(c->out + c->out_size, texts[i], n);
        c->out_size += n;
    }
    int status = send_bytes(c, c->out, c->out_size);
    int64_t until = now_ms() + c->timeout_ms;
    while (status == LT_OK && c->to < HELLO_BYTES) status = fill(c, until);
    if (status == TIME_IS_UP) {
        fail(c, LT_TIMEOUT, "the server did not say hello within %d ms", c->timeout_ms);
        return gone(c, LT_TIMEOUT);
    }
    if (status != LT_OK) return status;
    if (memcmp(c->in, "LTRB", 4) != 0) {
        fail(c, LT_GARBLED, "this is no linetwin register server");
        return gone(c, LT_GARBLED);
    }

    struct cursor r = {c->in + 4, c->in + HELLO_BYTES, false};
    struct lt_server *s = &c->server;
    s->version = (uint8_t)get(&r, 1);
    int oldest = (int)get(&r, 1);
    s->features = (uint16_t)get(&r, 2);
    for (int i = 0; i < 32; i++) s->digest[i] = (uint8_t)get(&r, 1);
    status = (int)get(&r, 1);
    s->access = (uint8_t)get(&r, 1);
    s->registers = (uint32_t)get(&r, 4);
    s->idle_s = (uint16_t)get(&r, 2);
    c->from = HELLO_BYTES;
    if (status == LT_NO_VERSION)
        fail(c, status, "the server speaks versions %d to %d, this client %d", oldest, s->version, VERSION);
    else if (status != LT_OK)
        fail(c, status, "the server refused the connection: %s", lt_status_text(status));
    if (status != LT_OK) return gone(c, status);
    if (s->version != VERSION) return garbled(c, "a hello with a version that was not asked for");
    if (s->registers > 0x10000) return garbled(c, "a map with more registers than references");
    if (s->idle_s > 0) c->keepalive_ms = s->idle_s * 1000 / 3;
    return LT_OK;
}

/* ---- the map ---- */

/* get_text copies a text of the map; NULL when it is not one, or memory is out. */
static char *get_text(struct lt_conn *c, struct cursor *r, size_t n)
{
    if ((size_t)(r->end - r->at) < n || memchr(r->at, 0, n) || c->map_bytes + n + 1 > MOST_MAP) {
        r->broken = true;
        return NULL;
    }
    char *text = malloc(n + 1);
    if (!text) return NULL;
    memcpy(text, r->at, n);
    text[n] = 0;
    r->at += n;
    c->map_bytes += n + 1;
    return text;
}

static int get_record(struct lt_conn *c, struct cursor *r)
{
    struct lt_register *reg = &c->map[c->known];
    reg->type = (uint8_t)get(r, 1);
    uint8_t rest = (uint8_t)get(r, 1);
    reg->access = rest & 0x0f;
    reg->order = rest >> 4;
    reg->name = get_text(c, r, (size_t)get(r, 1));
    if (reg->name) reg->unit = get_text(c, r, (size_t)get(r, 1));
    if (reg->unit) reg->doc = get_text(c, r, (size_t)get(r, 2));
    if (r->broken || width(reg->type) == 0 || reg->access > LT_ENGINEER || reg->order > LT_DCBA)
        return garbled(c, "a record of the map that does not follow the format");
    if (!reg->doc) return no_memory(c);
    c->known++;
    return LT_OK;
}

/* qsort has no argument for the map; so it sorts pairs. */
struct named {
    const char *name;
    uint16_t ref;
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static int load_map(struct lt_conn *c)
{
    size_t n = c->server.registers;
    c->map = calloc(n + 1, sizeof *c->map);
    if (!c->map) return no_memory(c);
    while (c->known < n) {
        int status = begin(c, ASK_MAP);
        if (status != LT_OK) return status;
        put(c, c->known, 2);
        status = call(c, IS_MAP, "map");
        if (status != LT_OK) return status;
        struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
        if (r.at == r.end) return garbled(c, "a part of the map without registers");
        while (r.at < r.end) {
            if (c->known == n) return garbled(c, "more registers than its hello said");
            status = get_record(c, &r);
            if (status != LT_OK) return status;
        }
    }
    struct named *names = calloc(n + 1, sizeof *names);
    uint16_t *sorted = calloc(n + 1, sizeof *sorted);
    if (!names || !sorted) {
        free(names);
        free(sorted);
        return no_memory(c);
    }
    for (size_t i = 0; i < n; i++) {
        names[i].name = c->map[i].name;
        names[i].ref = (uint16_t)i;
    }
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 0; i < n; i++) sorted[i] = names[i].ref;
    c->by_name = sorted;
    free(names);
    return LT_OK;
}

int32_t lt_find(const struct lt_conn *c, const char *name)
{
    size_t low = 0, high = c->by_name ? c->known : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(name, c->map[c->by_name[middle]].name);
        if (order == 0) return c->by_name[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return -1;
}

const struct lt_register *lt_register_at(const struct lt_conn *c, uint16_t ref)
{
    return ref < c->known ? &c->map[ref] : NULL;
}

const struct lt_server *lt_server_info(const struct lt_conn *c) { return &c->server; }

/* what describes a request about a register, for texts of failures. */
static const char *what(const struct lt_conn *c, char text[100], const char *verb, uint16_t ref)
{
    if (ref < c->known)
        snprintf(text, 100, "%s %.80s", verb, c->map[ref].name);
    else
        snprintf(text, 100, "%s register %u", verb, (unsigned)ref);
    return text;
}

int lt_open(const char *address, const struct lt_options *options, struct lt_conn **conn)
{
    struct lt_options none = {NULL, NULL, NULL, 0};
    struct lt_conn *c = *conn = calloc(1, sizeof *c);
    if (!c) return LT_MEMORY;
    if (!options) options = &none;
    c->fd = -1;
    c->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : 5000;
    c->keepalive_ms = INT64_MAX / 2;
    int status = dial(c, address);
    if (status == LT_OK) status = hello(c, options);
    if (status == LT_OK) status = load_map(c);
    return status == LT_OK ? status : gone(c, status);
}

static void free_watch(struct watch *w)
{
    free(w->refs);
    free(w->items);
    free(w);
}

void lt_close(struct lt_conn *c)
{
    if (!c) return;
    gone(c, LT_CLOSED);
    while (c->watches) {
        struct watch *w = c->watches;
        c->watches = w->next;
        free_watch(w);
    }
    for (size_t i = 0; c->map && i <= c->known; i++) { /* the last one may be a half */
        free((void *)(uintptr_t)c->map[i].name);
        free((void *)(uintptr_t)c->map[i].unit);
        free((void *)(uintptr_t)c->map[i].doc);
    }
    free(c->map);
    free(c->by_name);
    free(c);
}

/* ---- reading ---- */

/* check_type: an answer has the type that was asked for, or that the map says. */
static bool check_type(const struct lt_conn *c, uint16_t ref, struct lt_value v)
{
    return v.status != LT_OK || (ref < c->known && v.type == c->map[ref].type);
}

static int check_count(struct lt_conn *c, size_t n)
{
    if (n >= 1 && n <= LT_MOST) return LT_OK;
    return fail(c, LT_USAGE, "%zu registers; a request has 1 to %d", n, LT_MOST);
}

int lt_read(struct lt_conn *c, uint16_t ref, int type, bool time, struct lt_value *value)
{
    char text[100];
    if (type != LT_ANY && width(type) == 0) return fail(c, LT_USAGE, "read: there is no type %d", type);
    int status = begin(c, (time ? ASK_READ_TIMED : ASK_READ) | type);
    if (status != LT_OK) return status;
    put(c, ref, 2);
    status = call(c, ASK_READ, what(c, text, "read", ref));
    if (status != LT_OK) return status;
    uint8_t op = c->answer.op;
    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    struct lt_value v = get_value(&r, op & 0x0f, (op >> 4 & 3) - 1, op & 0x40);
    if (r.broken || !check_type(c, ref, v) || time != !!(op & 0x40)) return garbled(c, "a value of another kind");
    *value = v;
    return LT_OK;
}

/* get_values reads the entries of the answer, one for each register; those of a block
 * follow the first. */
static int get_values(struct lt_conn *c, const uint16_t *refs, uint16_t first, size_t n, struct lt_value *values)
{
    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    bool right = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t skip;
        values[i] = get_entry(&r, &skip);
        right = right && skip == 0 && check_type(c, refs ? refs[i] : (uint16_t)(first + i), values[i]);
    }
    return right && !r.broken && r.at == r.end ? LT_OK : garbled(c, "entries that do not fit the request");
}

static int get_packed(struct lt_conn *c, int type, size_t n, struct lt_value *values)
{
    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    uint8_t head = (uint8_t)get(&r, 1), bits = 0;
    for (size_t i = 0; i < n; i++) {
        if (type != LT_BOOL) {
            values[i] = get_value(&r, type, LT_GOOD, false);
            continue;
        }
        if (i % 8 == 0) bits = (uint8_t)get(&r, 1);
        values[i] = lt_bool(bits >> i % 8 & 1);
    }
    for (size_t i = 0; head >> 4 != LT_GOOD && i < n; i++) {
        if (i % 4 == 0) bits = (uint8_t)get(&r, 1);
        values[i].quality = bits >> i % 4 * 2 & 3;
        if (values[i].quality > head >> 4) r.broken = true;
    }
    if (r.broken || r.at != r.end || (head & 0x0f) != type || head >> 4 > LT_BAD)
        return garbled(c, "a block that does not fit the request");
    return LT_OK;
}

int lt_block(struct lt_conn *c, uint16_t first, size_t n, int type, bool times, struct lt_value *values)
{
    int status = check_count(c, n);
    if (type != LT_ANY && (width(type) == 0 || times))
        return fail(c, LT_USAGE, "a block has times, or a type, of those that there are");
    if (status == LT_OK) status = begin(c, times ? ASK_BLOCK_TIMED : ASK_BLOCK | type);
    if (status != LT_OK) return status;
    put(c, first, 2);
    put(c, n, 2);
    status = call(c, type == LT_ANY ? IS_ENTRIES : IS_PACKED, "block");
    if (status != LT_OK) return status;
    return type == LT_ANY ? get_values(c, NULL, first, n, values) : get_packed(c, type, n, values);
}

int lt_list(struct lt_conn *c, const uint16_t *refs, size_t n, bool times, struct lt_value *values)
{
    int status = check_count(c, n);
    if (status == LT_OK) status = begin(c, ASK_LIST | (int)times);
    if (status != LT_OK) return status;
    put_refs(c, refs, n);
    status = call(c, IS_ENTRIES, "list");
    return status == LT_OK ? get_values(c, refs, 0, n, values) : status;
}

/* ---- writing ---- */

int lt_write(struct lt_conn *c, uint16_t ref, struct lt_value value)
{
    char text[100];
    if (width(value.type) == 0) return fail(c, LT_USAGE, "write: a value needs a type");
    int status = begin(c, ASK_WRITE | value.type);
    if (status != LT_OK) return status;
    put(c, ref, 2);
    put(c, value.bits, width(value.type));
    return call(c, IS_ACK, what(c, text, "write", ref));
}

static int check_change(struct lt_conn *c, const struct lt_change *change)
{
    bool two = change->action == LT_MASK || change->action == LT_COMPARE_SET;
    if (width(change->value.type) == 0 || change->value.quality > LT_BAD || change->action > LT_COMPARE_SET)
        return fail(c, LT_USAGE, "change: a value needs a type, a quality, and an action");
    if (two && change->operand.type != change->value.type)
        return fail(c, LT_USAGE, "change: the operand has another type than the value");
    return LT_OK;
}

int lt_apply(struct lt_conn *c, const struct lt_change *change, struct lt_value *old)
{
    char text[100];
    int status = check_change(c, change);
    if (status == LT_OK) status = begin(c, ASK_CHANGE);
    if (status != LT_OK) return status;
    put_change(c, change);
    status = call(c, ASK_READ, what(c, text, "change", change->ref));
    if (status != LT_OK) return status;
    uint8_t op = c->answer.op;
    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    struct lt_value v = get_value(&r, op & 0x0f, (op >> 4 & 3) - 1, op & 0x40);
    if (r.broken || !check_type(c, change->ref, v)) return garbled(c, "a value of another kind");
    if (old) *old = v;
    return LT_OK;
}

int lt_transact(struct lt_conn *c, const struct lt_change *changes, size_t n_changes, const uint16_t *reads,
                size_t n_reads, bool times, struct lt_value *values, int32_t *failed)
{
    char text[100];
    int32_t none;
    if (!failed) failed = &none;
    *failed = -1;
    if (n_changes + n_reads > LT_MOST) return check_count(c, n_changes + n_reads);
    int status = LT_OK;
    for (size_t i = 0; i < n_changes && status == LT_OK; i++) status = check_change(c, &changes[i]);
    if (status == LT_OK) status = begin(c, ASK_TRANSACTION | (int)times);
    if (status != LT_OK) return status;
    put(c, n_changes, 2);
    for (size_t i = 0; i < n_changes; i++) put_change(c, &changes[i]);
    put_refs(c, reads, n_reads);
    status = call(c, n_reads > 0 ? IS_ENTRIES : IS_ACK, "transaction");
    if (status == LT_OK && n_reads > 0) return get_values(c, reads, 0, n_reads, values);
    if (status > LT_OK && c->answer.op == IS_FAIL_AT) {
        size_t at = c->failed_at;
        if (at >= n_changes + n_reads) return garbled(c, "a failure of a change that was not asked for");
        *failed = (int32_t)at;
        uint16_t ref = at < n_changes ? changes[at].ref : reads[at - n_changes];
        what(c, text, at < n_changes ? "change" : "read", ref);
        return fail(c, status, "transaction: item %zu, %s: %s", at, text, lt_status_text(status));
    }
    return status;
}

/* ---- watches ---- */

int lt_watch(struct lt_conn *c, const uint16_t *refs, size_t n, const struct lt_watch_options *options,
             lt_push_func *func, void *user, uint16_t *id)
{
    struct lt_watch_options every = {0, 0, 0, 0, false};
    const struct lt_watch_options *o = options ? options : &every;
    int deadband = o->absolute > 0 ? 1 : o->percent > 0 ? 2 : 0;
    struct lt_value limit = lt_f32(deadband == 1 ? o->absolute : deadband == 2 ? o->percent : 0);
    int status = check_count(c, n);
    if (status == LT_OK && o->absolute > 0 && o->percent > 0)
        status = fail(c, LT_USAGE, "watch: a deadband is absolute or in percent");
    if (status == LT_OK) status = begin(c, ASK_WATCH);
    if (status != LT_OK) return status;

    struct watch *w = calloc(1, sizeof *w);
    if (!w) return no_memory(c);
    w->id = c->last_id;
    w->n = n;
    w->func = func;
    w->user = user;
    w->refs = malloc(n * sizeof *w->refs);
    w->items = malloc(n * sizeof *w->items);
    if (!w->refs || !w->items) {
        free_watch(w);
        return no_memory(c);
    }
    memcpy(w->refs, refs, n * sizeof *refs);

    put(c, o->interval_us, 4);
    put(c, o->heartbeat_us, 4);
    put(c, (unsigned)o->times | (unsigned)deadband << 1, 1);
    put(c, limit.bits, 4);
    put_refs(c, refs, n);
    status = call(c, IS_ACK, "watch");
    if (status != LT_OK) {
        free_watch(w);
        return status;
    }
    w->next = c->watches;
    c->watches = w;
    if (id) *id = w->id;
    return LT_OK;
}

int lt_unwatch(struct lt_conn *c, uint16_t id)
{
    struct watch **at = &c->watches;
    while (*at && (*at)->id != id) at = &(*at)->next;
    if (!*at) return fail(c, LT_USAGE, "unwatch: there is no watch %u", (unsigned)id);
    int status = begin(c, ASK_UNWATCH);
    if (status != LT_OK) return status;
    put(c, id, 2);
    status = call(c, IS_ACK, "unwatch");
    if (status != LT_OK) return status;
    struct watch *w = *at;
    *at = w->next;
    free_watch(w);
    return LT_OK;
}

int lt_poll(struct lt_conn *c, int timeout_ms)
{
    if (c->pushing) return fail(c, LT_USAGE, "a push's callback makes no requests");
    if (c->fd < 0) return LT_CLOSED;
    int status = run(c, 0, now_ms() + timeout_ms);
    return status == TIME_IS_UP ? LT_OK : status;
}

/* ---- claims, clock, ping ---- */

int lt_claim(struct lt_conn *c, const uint16_t *refs, size_t n, uint32_t hold_ms)
{
    int status = check_count(c, n);
    if (status == LT_OK) status = begin(c, ASK_CLAIM);
    if (status != LT_OK) return status;
    put(c, hold_ms, 4);
    put_refs(c, refs, n);
    status = call(c, IS_ACK, "claim");
    if (status == LT_OK && hold_ms > 0 && hold_ms / 3 < c->keepalive_ms) c->keepalive_ms = hold_ms / 3;
    return status;
}

int lt_release(struct lt_conn *c)
{
    int status = begin(c, ASK_RELEASE);
    return status == LT_OK ? call(c, IS_ACK, "release") : status;
}

int lt_exchange_clock(struct lt_conn *c, struct lt_clock *clock)
{
    int status = begin(c, ASK_CLOCK);
    if (status != LT_OK) return status;
    uint64_t t1 = (uint64_t)now_ns();
    put(c, t1, 8);
    put(c, (uint64_t)c->clock_t4, 8);
    status = call(c, IS_TIMES, "clock");
    if (status != LT_OK) return status;
    struct cursor r = {c->answer.payload, c->answer.payload + c->answer.size, false};
    uint64_t t2 = get(&r, 8), t3 = get(&r, 8), t4 = (uint64_t)c->arrived_ns;
    c->clock_t4 = c->arrived_ns;
    /* Differences in unsigned arithmetic, since what the server sends may be anything. */
    int64_t there = (int64_t)(t2 - t1), back = (int64_t)(t3 - t4), held = (int64_t)(t3 - t2);
    if (held < 0) return garbled(c, "an answer before the request");
    int64_t delay = (int64_t)((t4 - t1) - (uint64_t)held);
    clock->offset = there / 2 + back / 2 + (there % 2 + back % 2) / 2;
    clock->uncertainty = delay > 0 ? delay / 2 + delay % 2 : 0;
    return LT_OK;
}

int lt_ping(struct lt_conn *c)
{
    int status = begin(c, ASK_PING);
    return status == LT_OK ? call(c, IS_ACK, "ping") : status;
}

/* ---- values as numbers and as text ---- */

int64_t lt_integer(struct lt_value v)
{
    switch (v.type) {
    case LT_I16: return (int16_t)v.bits;
    case LT_I32: return (int32_t)v.bits;
    default: return (int64_t)v.bits;
    }
}

double lt_double(struct lt_value v)
{
    uint32_t bits = (uint32_t)v.bits;
    float f;
    double d;
    switch (v.type) {
    case LT_F32: memcpy(&f, &bits, sizeof f); return (double)f;
    case LT_F64: memcpy(&d, &v.bits, sizeof d); return d;
    case LT_I16: case LT_I32: case LT_I64: return (double)lt_integer(v);
    default: return (double)v.bits;
    }
}

const char *lt_format(struct lt_value v, char text[32])
{
    switch (v.type) {
    case LT_ANY: snprintf(text, 32, "-"); break;
    case LT_BOOL: snprintf(text, 32, "%s", v.bits ? "true" : "false"); break;
    case LT_F32: snprintf(text, 32, "%.9g", lt_double(v)); break;
    case LT_F64: snprintf(text, 32, "%.17g", lt_double(v)); break;
    case LT_I16: case LT_I32: case LT_I64: snprintf(text, 32, "%" PRId64, lt_integer(v)); break;
    default: snprintf(text, 32, "%" PRIu64, v.bits);
    }
    return text;
}

int lt_parse(const char *text, int type, struct lt_value *value)
{
    char *end;
    size_t bits = 8 * width(type);
    *value = lt_make(type, 0);
    errno = 0;
    switch (type) {
    case LT_BOOL: {
        bool yes = !strcmp(text, "true") || !strcmp(text, "1");
        if (!yes && strcmp(text, "false") != 0 && strcmp(text, "0") != 0) return LT_USAGE;
        *value = lt_bool(yes);
        return LT_OK;
    }
    case LT_F32: *value = lt_f32(strtof(text, &end)); break;
    case LT_F64: *value = lt_f64(strtod(text, &end)); break;
    case LT_I16: case LT_I32: case LT_I64: {
        int64_t x = strtoll(text, &end, 10), most = (int64_t)(UINT64_MAX >> (65 - bits));
        if (x > most || x < -most - 1) return LT_OUT_OF_RANGE;
        value->bits = (uint64_t)x & UINT64_MAX >> (64 - bits);
        break;
    }
    case LT_U16: case LT_U32: case LT_U64:
        value->bits = strtoull(text, &end, 10);
        if ((text[strspn(text, " \t")] == '-' && value->bits != 0) || value->bits > UINT64_MAX >> (64 - bits))
            return LT_OUT_OF_RANGE;
        break;
    default: return LT_USAGE;
    }
    if (end == text || *end != 0) return LT_USAGE;
    bool overflow = errno == ERANGE && (type < LT_F32 || lt_double(*value) > 1 || lt_double(*value) < -1);
    return overflow ? LT_OUT_OF_RANGE : LT_OK;
}
