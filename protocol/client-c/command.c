/*
 * command.c: linetwin-c, which talks to a register server from the command line.
 *
 *     linetwin-c [-t TOKEN] [-n NAME] [-d DIGEST] [-w MILLISECONDS] ADDRESS COMMAND ...
 *     linetwin-c ... ADDRESS -      commands from standard input, one a line
 *
 * It exits with 0, or with 1 when the server refused, 2 for a mistake in the command, 3
 * when the connection was lost or could not be made.
 */
#define _POSIX_C_SOURCE 200809L

#include "linetwin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_WORDS = 6 * LT_MOST };

/* session is what the commands work on; connect makes it anew. */
struct session {
    const char *address;
    struct lt_options options;
    struct lt_conn *conn;
};

static const char *const types[] = {"any", "bool", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64"};
static const char *const qualities[] = {"good", "uncertain", "bad"};
static const char *const accesses[] = {"read-only", "operator", "engineer"};
static const char *const orders[] = {"abcd", "cdab", "badc", "dcba"};

enum { MISTAKE = -100 }; /* in the words of a command; it has been reported */

static int mistake(const char *text, const char *word)
{
    printf("error %d %s%s\n", LT_USAGE, text, word);
    return MISTAKE;
}

/* named returns the place of a word in a list of them, or -1. */
static int named(const char *const *names, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], word) == 0) return (int)i;
    return -1;
}

/* ref_of finds a register by its name, or by #3. */
static int ref_of(const struct session *s, const char *word, uint16_t *ref)
{
    int32_t found = word[0] == '#' ? (int32_t)strtol(word + 1, NULL, 10) : lt_find(s->conn, word);
    if (found < 0 || found > 0xffff) return mistake("there is no register ", word);
    *ref = (uint16_t)found;
    return LT_OK;
}

static int refs_of(const struct session *s, int n, char **words, uint16_t *refs)
{
    for (int i = 0; i < n; i++)
        if (i >= LT_MOST || ref_of(s, words[i], &refs[i]) != LT_OK)
            return i >= LT_MOST ? mistake("too many registers", "") : MISTAKE;
    return LT_OK;
}

/* value_of reads a value of the register's type, or of another that stands before a colon:
 * 12, u16:12. */
static int value_of(const struct session *s, uint16_t ref, const char *word, struct lt_value *value)
{
    const struct lt_register *reg = lt_register_at(s->conn, ref);
    int type = reg ? reg->type : LT_ANY;
    const char *colon = strchr(word, ':');
    for (int i = 1; colon && i <= LT_F64; i++) {
        size_t n = strlen(types[i]);
        if ((size_t)(colon - word) == n && memcmp(word, types[i], n) == 0) type = i;
    }
    int status = lt_parse(colon ? colon + 1 : word, type, value);
    if (status == LT_OUT_OF_RANGE) return mistake("out of the type's range: ", word);
    return status == LT_OK ? status : mistake("no value of the register's type: ", word);
}

static void print_value(const struct session *s, uint16_t ref, struct lt_value v)
{
    char text[32];
    const struct lt_register *reg = lt_register_at(s->conn, ref);
    printf("%s ", reg ? reg->name : "?");
    if (v.status != LT_OK)
        printf("- %s", lt_status_text(v.status));
    else
        printf("%s %s", lt_format(v, text), qualities[v.quality]);
    if (v.time != 0) printf(" at %" PRId64, v.time);
    printf("\n");
}

/* ---- commands: n words after the command's own ---- */

static int do_hello(struct session *s, int n, char **words)
{
    const struct lt_server *h = lt_server_info(s->conn);
    (void)n, (void)words;
    printf("version %d features %d access %s registers %" PRIu32 " idle %d digest ", h->version, h->features,
           h->access <= LT_ENGINEER ? accesses[h->access] : "?", h->registers, h->idle_s);
    for (int i = 0; i < 32; i++) printf("%02x", h->digest[i]);
    printf("\n");
    return LT_OK;
}

static int do_map(struct session *s, int n, char **words)
{
    const struct lt_register *r;
    (void)n, (void)words;
    for (uint32_t i = 0; i < lt_server_info(s->conn)->registers && (r = lt_register_at(s->conn, (uint16_t)i)); i++)
        printf("%s %s %s %s \"%s\" \"%s\"\n", r->name, types[r->type], accesses[r->access], orders[r->order], r->unit,
               r->doc);
    return LT_OK;
}

static int do_read(struct session *s, int n, char **words)
{
    uint16_t ref;
    struct lt_value v;
    int type = n > 1 ? named(types, LT_F64 + 1, words[1]) : LT_ANY;
    if (type < 0) return mistake("there is no type ", words[1]);
    int status = ref_of(s, words[0], &ref);
    if (status == LT_OK) status = lt_read(s->conn, ref, type, n > 2, &v);
    if (status == LT_OK) print_value(s, ref, v);
    return status;
}

static int do_get(struct session *s, int n, char **words)
{
    static uint16_t refs[LT_MOST];
    static struct lt_value values[LT_MOST];
    bool times = strcmp(words[0], "-times") == 0;
    words += times, n -= times;
    int status = refs_of(s, n, words, refs);
    if (status == LT_OK) status = lt_list(s->conn, refs, (size_t)n, times, values);
    for (int i = 0; status == LT_OK && i < n; i++) print_value(s, refs[i], values[i]);
    return status;
}

static int do_block(struct session *s, int n, char **words)
{
    static struct lt_value values[LT_MOST];
    uint16_t first;
    size_t count = (size_t)strtoul(words[1], NULL, 10);
    bool times = n > 2 && strcmp(words[2], "times") == 0;
    int type = n > 2 && !times ? named(types, LT_F64 + 1, words[2]) : LT_ANY;
    if (type < 0) return mistake("there is no type ", words[2]);
    int status = ref_of(s, words[0], &first);
    if (status == LT_OK) status = lt_block(s->conn, first, count, type, times, values);
    for (size_t i = 0; status == LT_OK && i < count; i++) print_value(s, (uint16_t)(first + i), values[i]);
    return status;
}

/* change_of reads ACTION NAME VALUE [OPERAND] and says how many words that were. */
static int change_of(const struct session *s, int n, char **words, struct lt_change *change, int *used)
{
    static const char *const actions[] = {"set", "add", "mask", "cas"};
    int action = named(actions, 4, words[0]);
    *used = action == LT_MASK || action == LT_COMPARE_SET ? 4 : 3;
    if (action < 0 || n < *used)
        return mistake("set NAME VALUE, add NAME VALUE, mask NAME VALUE KEEP, cas NAME OLD NEW, not ", words[0]);
    change->action = (uint8_t)action;
    change->operand = lt_make(LT_ANY, 0);
    int status = ref_of(s, words[1], &change->ref);
    if (status == LT_OK) status = value_of(s, change->ref, words[action == LT_COMPARE_SET ? 3 : 2], &change->value);
    if (status == LT_OK && *used == 4)
        status = value_of(s, change->ref, words[action == LT_COMPARE_SET ? 2 : 3], &change->operand);
    return status;
}

static int do_set(struct session *s, int n, char **words)
{
    struct lt_change change = {0, LT_SET, lt_make(LT_ANY, 0), lt_make(LT_ANY, 0)};
    int quality = n > 2 ? named(qualities, 3, words[2]) : LT_GOOD;
    if (quality < 0) return mistake("there is no quality ", words[2]);
    int status = ref_of(s, words[0], &change.ref);
    if (status == LT_OK) status = value_of(s, change.ref, words[1], &change.value);
    if (status != LT_OK) return status;
    change.value.quality = (uint8_t)quality;
    return n > 2 ? lt_apply(s->conn, &change, NULL) : lt_write(s->conn, change.ref, change.value);
}

static int do_change(struct session *s, int n, char **words)
{
    struct lt_change change;
    struct lt_value old;
    int used, status = change_of(s, n + 1, words - 1, &change, &used);
    if (status == LT_OK) status = lt_apply(s->conn, &change, &old);
    if (status == LT_OK) print_value(s, change.ref, old);
    return status;
}

/* transact set a 1 add b 2 cas c 1 2 read d e */
static int do_transact(struct session *s, int n, char **words)
{
    static struct lt_change changes[LT_MOST];
    static uint16_t reads[LT_MOST];
    static struct lt_value values[LT_MOST];
    size_t n_changes = 0, n_reads = 0;
    int32_t failed;
    int at = 0, status = LT_OK;
    while (status == LT_OK && at < n && strcmp(words[at], "read") != 0) {
        int used = 0;
        if (n_changes == LT_MOST) return mistake("too many changes", "");
        status = change_of(s, n - at, words + at, &changes[n_changes++], &used);
        at += used;
    }
    if (status == LT_OK && at < n) {
        n_reads = (size_t)(n - at - 1);
        status = refs_of(s, n - at - 1, words + at + 1, reads);
    }
    if (status == LT_OK) status = lt_transact(s->conn, changes, n_changes, reads, n_reads, false, values, &failed);
    for (size_t i = 0; status == LT_OK && i < n_reads; i++) print_value(s, reads[i], values[i]);
    return status;
}

static void print_push(void *user, uint16_t watch, uint32_t coalesced, const struct lt_item *items, size_t n)
{
    printf("push %d coalesced %" PRIu32 " values %zu\n", watch, coalesced, n);
    for (size_t i = 0; i < n; i++) print_value(user, items[i].ref, items[i].value);
    fflush(stdout);
}

static int do_watch(struct session *s, int n, char **words)
{
    static uint16_t refs[LT_MOST];
    struct lt_watch_options o = {0, 0, 0, 0, false};
    uint16_t id;
    while (n > 1 && words[0][0] == '-') {
        double x = strtod(words[1], NULL);
        if (strcmp(words[0], "-interval") == 0)
            o.interval_us = (uint32_t)(x * 1000);
        else if (strcmp(words[0], "-heartbeat") == 0)
            o.heartbeat_us = (uint32_t)(x * 1000);
        else if (strcmp(words[0], "-deadband") == 0)
            *(strchr(words[1], '%') ? &o.percent : &o.absolute) = (float)x;
        else if (strcmp(words[0], "-times") == 0)
            o.times = x > 0;
        else
            return mistake("-interval MS, -heartbeat MS, -deadband LIMIT[%], -times 1, not ", words[0]);
        words += 2, n -= 2;
    }
    int status = refs_of(s, n, words, refs);
    if (status == LT_OK) status = lt_watch(s->conn, refs, (size_t)n, &o, print_push, s, &id);
    if (status == LT_OK) printf("watch %d\n", id);
    return status;
}

static int do_unwatch(struct session *s, int n, char **words)
{
    (void)n;
    return lt_unwatch(s->conn, (uint16_t)strtoul(words[0], NULL, 10));
}

static int do_poll(struct session *s, int n, char **words)
{
    (void)n;
    return lt_poll(s->conn, (int)strtol(words[0], NULL, 10));
}

static int do_claim(struct session *s, int n, char **words)
{
    static uint16_t refs[LT_MOST];
    int status = refs_of(s, n - 1, words + 1, refs);
    return status == LT_OK ? lt_claim(s->conn, refs, (size_t)(n - 1), (uint32_t)strtoul(words[0], NULL, 10)) : status;
}

static int do_release(struct session *s, int n, char **words)
{
    (void)n, (void)words;
    return lt_release(s->conn);
}

static int do_clock(struct session *s, int n, char **words)
{
    struct lt_clock clock;
    (void)n, (void)words;
    int status = lt_exchange_clock(s->conn, &clock);
    if (status == LT_OK) printf("offset %" PRId64 " uncertainty %" PRId64 "\n", clock.offset, clock.uncertainty);
    return status;
}

static int do_ping(struct session *s, int n, char **words)
{
    (void)n, (void)words;
    return lt_ping(s->conn);
}

static int do_connect(struct session *s, int n, char **words)
{
    (void)n, (void)words;
    lt_close(s->conn);
    return lt_open(s->address, &s->options, &s->conn);
}

static const struct {
    const char *name, *usage;
    int least, most;
    int (*run)(struct session *s, int n, char **words);
} commands[] = {
    {"hello", "", 0, 0, do_hello},
    {"map", "", 0, 0, do_map},
    {"read", "NAME [TYPE [time]]", 1, 3, do_read},
    {"get", "[-times] NAME...", 1, MOST_WORDS, do_get},
    {"block", "NAME COUNT [TYPE|times]", 2, 3, do_block},
    {"set", "NAME VALUE [QUALITY]", 2, 3, do_set},
    {"add", "NAME VALUE", 2, 2, do_change},
    {"mask", "NAME VALUE KEEP", 3, 3, do_change},
    {"cas", "NAME OLD NEW", 3, 3, do_change},
    {"transact", "[set|add|mask|cas NAME ...]... [read NAME...]", 1, MOST_WORDS, do_transact},
    {"watch", "[-interval MS] [-heartbeat MS] [-deadband LIMIT[%]] [-times 1] NAME...", 1, MOST_WORDS, do_watch},
    {"unwatch", "WATCH", 1, 1, do_unwatch},
    {"poll", "MS", 1, 1, do_poll},
    {"claim", "HOLD-MS NAME...", 2, MOST_WORDS, do_claim},
    {"release", "", 0, 0, do_release},
    {"clock", "", 0, 0, do_clock},
    {"ping", "", 0, 0, do_ping},
    {"connect", "", 0, 0, do_connect},
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static int usage(void)
{
    fprintf(stderr, "usage: linetwin-c [-t TOKEN] [-n NAME] [-d DIGEST] [-w MILLISECONDS] ADDRESS COMMAND...\n"
                    "COMMAND is - for commands from standard input, one a line, or one of\n");
    for (int i = 0; i < COMMANDS; i++) fprintf(stderr, "    %s %s\n", commands[i].name, commands[i].usage);
    fprintf(stderr, "A register is its name or #REFERENCE, a value may name its type: i16:-3.\n");
    return 2;
}

/* carry_out runs one command and prints "ok", or "error STATUS TEXT". */
static int carry_out(struct session *s, int n, char **words)
{
    for (int i = 0; i < COMMANDS && s->conn; i++) {
        if (strcmp(words[0], commands[i].name) != 0) continue;
        if (n - 1 < commands[i].least || n - 1 > commands[i].most) return mistake("wants ", commands[i].usage);
        int status = commands[i].run(s, n - 1, words + 1);
        if (status == LT_OK) printf("ok\n");
        if (status != LT_OK && status != MISTAKE) printf("error %d %s\n", status, lt_error(s->conn));
        return status;
    }
    return mistake("there is no command ", words[0]);
}

static void carry_out_lines(struct session *s)
{
    static char line[1 << 20];
    static char *words[MOST_WORDS];
    while (fgets(line, sizeof line, stdin)) {
        int n = 0;
        for (char *w = strtok(line, " \t\r\n"); w && n < MOST_WORDS; w = strtok(NULL, " \t\r\n")) words[n++] = w;
        if (n > 0) carry_out(s, n, words);
        fflush(stdout);
    }
}

static bool parse_digest(const char *text, uint8_t digest[32])
{
    for (int i = 0; i < 32; i++) {
        char pair[3] = {0}, *end;
        if (strlen(text) != 64) return false;
        memcpy(pair, text + i * 2, 2);
        digest[i] = (uint8_t)strtoul(pair, &end, 16);
        if (end != pair + 2) return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static uint8_t digest[32];
    struct session s;
    int option;
    memset(&s, 0, sizeof s);
    while ((option = getopt(argc, argv, "+t:n:d:w:")) != -1) {
        if (option == 't') s.options.token = optarg;
        if (option == 'n') s.options.name = optarg;
        if (option == 'w') s.options.timeout_ms = atoi(optarg);
        if (option == 'd') s.options.digest = digest;
        if (option == '?' || (option == 'd' && !parse_digest(optarg, digest))) return usage();
    }
    if (argc - optind < 2) return usage();
    s.address = argv[optind];
    char **words = argv + optind + 1;
    int n = argc - optind - 1;

    int status = lt_open(s.address, &s.options, &s.conn);
    if (status != LT_OK) printf("error %d %s\n", status, lt_error(s.conn));
    fflush(stdout);
    if (strcmp(words[0], "-") == 0) {
        carry_out_lines(&s);
        status = LT_OK;
    } else if (status == LT_OK) {
        status = carry_out(&s, n, words);
        while (status == LT_OK && strcmp(words[0], "watch") == 0) {
            status = lt_poll(s.conn, 3600 * 1000);
            if (status != LT_OK) printf("error %d %s\n", status, lt_error(s.conn));
        }
    }
    lt_close(s.conn);
    return status == LT_OK ? 0 : status > 0 ? 1 : status == LT_USAGE || status == MISTAKE ? 2 : 3;
}
