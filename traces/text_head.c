// SPDX-License-Identifier: GPL-2.0-or-later
/* Times found by their shape, what stands before and after them. */
#include "traces/text_head.h"

#include "traces/load.h"

#include <string.h>

/* As many nanoseconds as there are numbers for: to the year 2255. */
#define MOST_SECONDS UINT64_C(9000000000)

static bool is_digit(char c)
{
	return (uint8_t)(c - '0') < 10;
}

static bool is_word(char c)
{
	return (uint8_t)((c | 0x20) - 'a') < 26 || c == '_' || is_digit(c);
}

/* Letters, digits, _ and - . / of perf's own events ("cpu-clock:ppp"), a bit for each of 128. */
static bool is_name(char c)
{
	static const uint64_t letters[] = { UINT64_C(0x03ffe00000000000), UINT64_C(0x07fffffe87fffffe) };
	uint8_t byte = (uint8_t)c;

	return byte < 128 && letters[byte >> 6] >> (byte & 63) & 1;
}

/* Names of events are padded with many. */
static const char *skip_blanks(const char *at, const char *end)
{
	while (end - at >= 8 && !memcmp(at, "        ", 8))
		at += 8;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at;
}

static const char *skip_blanks_left(const char *line, const char *at)
{
	while (at > line && (at[-1] == ' ' || at[-1] == '\t'))
		at--;
	return at;
}

static const char *skip_digits_left(const char *line, const char *at)
{
	while (at > line && is_digit(at[-1]))
		at--;
	return at;
}

/* Decimal digits, all of [at, end), at most 18 of them. */
static bool read_number(const char *at, const char *end, uint64_t *value)
{
	uint64_t number = 0;

	if (at == end || end - at > 18)
		return false;
	for (; at < end; at++) {
		if (!is_digit(*at))
			return false;
		number = number * 10 + (uint64_t)(*at - '0');
	}
	*value = number;
	return true;
}

/* Where a time stands: [begin, end), then a colon. */
struct time_place {
	const char *begin, *end;
};

/* "1066.102014:" or "1066.102014073:", of which `dot` is the dot. */
static bool is_time_at(const char *line, const char *end, const char *dot, struct time_place *place)
{
	const char *after = dot + 1;

	if (dot == line || !is_digit(dot[-1]))
		return false;
	while (after < end && is_digit(*after))
		after++;
	if (after == end || *after != ':' || (after - dot != 7 && after - dot != 10))
		return false;
	place->begin = skip_digits_left(line, dot);
	place->end = after;
	return place->begin == line || place->begin[-1] == ' ';
}

static bool read_time(struct text_head *head, const struct time_place *place, const char *dot)
{
	uint64_t seconds, fraction;

	if (!read_number(place->begin, dot, &seconds) || seconds > MOST_SECONDS ||
	    !read_number(dot + 1, place->end, &fraction))
		return false;
	head->clock = place->end - dot == 7 ? CLOCK_MICROSECONDS : CLOCK_NANOSECONDS;
	head->time_ns = seconds * 1000000000 + fraction * (head->clock == CLOCK_MICROSECONDS ? 1000 : 1);
	return true;
}

/* "26133us+:", "26195us :" or "84756238476:", before a colon. */
static bool read_odd_time(struct text_head *head, const char *line, const char *colon,
			  struct time_place *place)
{
	const char *at = colon;
	bool is_relative;

	if (at - line > 3 && !is_digit(at[-1]) && at[-1] != 's')
		at--;
	is_relative = at - line > 2 && at[-1] == 's' && at[-2] == 'u';
	at -= is_relative ? 2 : 0;
	place->begin = skip_digits_left(line, at);
	place->end = colon;
	if ((!is_relative && at != colon) || (place->begin > line && place->begin[-1] != ' ') ||
	    !read_number(place->begin, at, &head->time_ns))
		return false;
	head->clock = is_relative ? CLOCK_RELATIVE : CLOCK_COUNT;
	if (is_relative && head->time_ns > UINT64_MAX / 1000)
		return false;
	head->time_ns *= is_relative ? 1000 : 1;
	return true;
}

/* The first thing that looks like a time; a line without one has no event. */
static bool find_time(struct text_head *head, const char *line, const char *end, struct time_place *place)
{
	const char *at = line;

	while ((at = memchr(at, '.', end - at))) {
		if (is_time_at(line, end, at, place))
			return read_time(head, place, at);
		at++;
	}
	at = line;
	while ((at = memchr(at, ':', end - at))) {
		if (read_odd_time(head, line, at, place))
			return true;
		at++;
	}
	return false;
}

/* "[001]" that ends at `at`; its beginning, or NULL. */
static const char *read_cpu(struct text_head *head, const char *line, const char *at)
{
	const char *begin;
	uint64_t cpu;

	if (at == line || at[-1] != ']')
		return NULL;
	begin = skip_digits_left(line, at - 1);
	if (begin == line || begin[-1] != '[' || !read_number(begin, at - 1, &cpu) || cpu > UINT16_MAX)
		return NULL;
	head->cpu = cpu;
	return begin - 1;
}

static bool set_tid(struct text_head *head, const char *begin, const char *end)
{
	uint64_t tid;

	if (!read_number(begin, end, &tid) || tid > INT32_MAX)
		return false;
	head->task = begin;
	head->tid = tid;
	return true;
}

/*
 * "comm-123" or "comm 123" or "comm 120/123" that ends at `at`.  perf writes -1 where it
 * does not know the task.
 */
static bool read_task(struct text_head *head, const char *line, const char *at)
{
	const char *begin = skip_digits_left(line, at);

	if (begin == line || !set_tid(head, begin, at))
		return false;
	head->layout = LAYOUT_PERF;
	if (begin[-1] == '-') {
		bool is_unknown = begin - line > 1 && begin[-2] == ' ' && head->tid == 1;

		head->layout = is_unknown ? LAYOUT_PERF : LAYOUT_FTRACE;
		head->tid = is_unknown ? 0 : head->tid;
		return true;
	}
	if (begin[-1] == '/')
		begin = skip_digits_left(line, begin - 1);
	return begin > line && begin[-1] == ' ';
}

/* "(   2688)" or "(-------)" that ends at `at`; its beginning, or `at` if there is none. */
static const char *skip_group(const char *line, const char *at)
{
	const char *begin = at;

	if (at == line || at[-1] != ')')
		return at;
	for (begin--; begin > line && (is_digit(begin[-1]) || begin[-1] == ' ' || begin[-1] == '-'); begin--)
		;
	return begin > line && begin[-1] == '(' ? skip_blanks_left(line, begin - 1) : at;
}

/* Before the time: the task, and maybe its group, the CPU, flags. */
static bool read_left(struct text_head *head, const char *line, const char *at)
{
	const char *begin = at, *cpu, *digits;
	uint64_t number;

	cpu = read_cpu(head, line, at);
	if (!cpu) {
		while (begin > line && begin[-1] != ' ')
			begin--;
		cpu = read_cpu(head, line, skip_blanks_left(line, begin));
		if (cpu && skip_digits_left(begin, at) == begin)
			return false;	/* flags are never only digits */
	}
	if (cpu)
		return read_task(head, line, skip_group(line, skip_blanks_left(line, cpu)));
	/* Without brackets: "0d..1." after a task, or a task and nothing. */
	for (digits = begin; digits < at && is_digit(*digits); digits++)
		;
	if (digits == begin || digits == at || *digits == '/')
		return read_task(head, line, at) && head->layout == LAYOUT_PERF;
	if (!read_number(begin, digits, &number) || number > UINT16_MAX ||
	    !read_task(head, line, skip_blanks_left(line, begin)) || head->layout != LAYOUT_FTRACE)
		return false;
	head->cpu = number;
	head->layout = LAYOUT_LATENCY;
	return true;
}

static const char *read_name(const char *at, const char *end)
{
	while (at < end && is_name(*at))
		at++;
	return at;
}

static bool has_at(const char *at, const char *end, const char *what)
{
	size_t bytes = strlen(what);

	return (size_t)(end - at) >= bytes && !memcmp(at, what, bytes);
}

/* After the time: the event's name, and its fields. */
static bool read_right(struct text_head *head, const char *at, const char *end)
{
	const char *after = read_name(at, end);

	/* perf may print a period before the name. */
	if (head->layout == LAYOUT_PERF && after < end && *after == ' ' && skip_digits_left(at, after) == at) {
		at = skip_blanks(after, end);
		after = read_name(at, end);
	}
	if (after > at && after < end && *after == ':' && after + 1 < end && is_word(after[1])) {
		head->system = at;
		head->system_bytes = after - at;
		at = after + 1;
		after = read_name(at, end);
	}
	head->name = at;
	head->name_bytes = after - at;
	head->body_form = BODY_OTHER;
	if (at < end && *at == '<')
		return true;	/* <stack trace> */
	if (at == after || after == end)
		return false;
	head->body = after;
	if (head->name_bytes > 12 && !memcmp(at, "PERF_RECORD_", 12)) {
		head->body_form = BODY_RECORD;
		return true;
	}
	head->body_form = *after == ':' ? BODY_FIELDS : *after == '(' ? BODY_CALL :
			  has_at(after, end, " -> ") ? BODY_CALL_DONE : BODY_OTHER;
	if (head->body_form == BODY_OTHER)
		return has_at(after, end, " <-");
	head->body = skip_blanks(after + (head->body_form == BODY_CALL_DONE ? 4 : 1), end);
	return true;
}

bool text_head_parse(struct text_head *head, const char *line, size_t bytes)
{
	const char *end = skip_blanks_left(line, line + bytes);
	struct time_place place;

	*head = (struct text_head){ .end = end };
	if (!find_time(head, line, end, &place))
		return false;
	head->time = place.begin;
	return read_left(head, line, skip_blanks_left(line, place.begin)) &&
	       read_right(head, skip_blanks(place.end + 1, end), end);
}

#define EACH_BYTE UINT64_C(0x0101010101010101)

/*
 * As read_number(), of as many digits as there were before, the last of which is before `end`: eight at a
 * time, neighbours to pairs, pairs to fours. The 8 bytes before `end` can be looked at.
 */
static inline bool read_digits(const char *end, size_t nr, uint64_t *value)
{
	uint64_t eight = load_u64((const uint8_t *)end - 8, false), number = 0;
	bool is_number;

	for (const char *at = end - nr; nr > 8; nr--, at++) {
		if (*at < '0' || *at > '9')
			return false;
		number = number * 10 + (uint64_t)(*at - '0');
	}
	if (nr < 8) {
		uint64_t before = ~UINT64_C(0) >> 8 * nr;

		eight = (eight & ~before) | (EACH_BYTE * '0' & before);
	}
	is_number = (eight & EACH_BYTE * 0xf0) == EACH_BYTE * 0x30 &&
		    ((eight + EACH_BYTE * 6) & EACH_BYTE * 0xf0) == EACH_BYTE * 0x30;
	eight = (eight & EACH_BYTE * 0x0f) * (10 * 256 + 1) >> 8;
	eight = (eight & UINT64_C(0x00ff00ff00ff00ff)) * (100 * 65536 + 1) >> 16;
	eight = (eight & UINT64_C(0x0000ffff0000ffff)) * ((UINT64_C(10000) << 32) + 1) >> 32;
	*value = number * 100000000 + eight;
	return is_number;
}

/* That of the line before is tried first. */
static const struct text_left *recall_left(struct text_head_memo *memo, const char *line)
{
	for (uint8_t i = 0; i < MEMO_LEFTS; i++) {
		uint8_t at = (memo->last_left + i) % MEMO_LEFTS;
		const struct text_left *left = &memo->lefts[at];

		if (left->bytes && !memcmp(line + left->at, left->text, left->bytes)) {
			memo->last_left = at;
			return left;
		}
	}
	return NULL;
}

static uint64_t last_bytes(const char *text, size_t bytes)
{
	uint64_t last;

	memcpy(&last, text + bytes - sizeof(last), sizeof(last));
	return last;
}

static inline bool is_right(const struct text_right *right, const char *at, size_t bytes)
{
	return right->bytes && right->bytes < bytes && last_bytes(at, right->bytes) == right->last &&
	       !memcmp(at, right->text, right->bytes);
}

static struct text_right *search_right(struct text_head_memo *memo, const char *at, size_t bytes)
{
	for (struct text_right *right = memo->rights; right < memo->rights + MEMO_RIGHTS && right->bytes; right++) {
		if (is_right(right, at, bytes))
			return right;
	}
	return NULL;
}

/* Names are mostly padded to one width: what stands at its end tells which it is. */
static inline struct text_right *recall_right(struct text_head_memo *memo, const char *at, size_t bytes)
{
	struct text_right *right;
	uint8_t *guess;

	if (memo->guess_bytes < sizeof(uint64_t) || memo->guess_bytes >= bytes)
		guess = memo->guesses;
	else
		guess = &memo->guesses[last_bytes(at, memo->guess_bytes) * UINT64_C(0x9e3779b97f4a7c15) >> 59];
	right = &memo->rights[*guess];
	if (is_right(right, at, bytes))
		return right;
	right = search_right(memo, at, bytes);
	if (right) {
		*guess = right - memo->rights;
		memo->guess_bytes = right->bytes;
	}
	return right;
}

/* Whether the columns of the time are those of the memo, which begins anew if not. */
static bool fit_columns(struct text_head_memo *memo, const struct text_head *head, const char *line)
{
	size_t begin = head->time - line, end;
	const char *dot;

	if (head->clock > CLOCK_NANOSECONDS || head->body_form > BODY_CALL_DONE || begin > MEMO_COLUMNS)
		return false;
	dot = memchr(head->time, '.', head->body - head->time);
	if (!dot || dot < line + 8)
		return false;
	end = dot + 1 + (head->clock == CLOCK_MICROSECONDS ? 6 : 9) - line;
	if (begin != memo->begin || end != memo->end || head->layout != memo->layout)
		*memo = (struct text_head_memo){ .begin = begin, .dot = dot - line, .end = end, .clock = head->clock,
						 .layout = head->layout };
	return true;
}

/*
 * Where that begins which tells the task: " -1" is no task's number, and "a-1" is; 123 of " 120/123" is, and of
 * "x/123" it is not.
 */
static const char *begin_of_task(const struct text_head *head, const char *line)
{
	const char *at = head->task - 1;

	if (*at == '/')
		return skip_digits_left(line, at) - 1;
	return *at == '-' && at > line ? at - 1 : at;
}

/* Whether any line that goes on from there has the same event: "exceptions:" may be the system of another one. */
static bool is_whole(const struct text_head *head)
{
	return head->body_form != BODY_FIELDS || head->body[-1] == ' ' || head->body[-1] == '\t';
}

/* Keeps what a line showed. */
static void remember(struct text_head_memo *memo, const struct text_head *head, const char *line)
{
	const char *after = line + memo->end, *task = begin_of_task(head, line);
	size_t left = head->time - task, right = head->body - after;
	/* Without a CPU, what stands before the task may say that the number is none. */
	bool has_cpu = head->layout != LAYOUT_PERF || memchr(task, '[', left);

	if (left <= MEMO_BYTES && has_cpu && !recall_left(memo, line)) {
		struct text_left *kept = &memo->lefts[memo->next_left++ % MEMO_LEFTS];

		*kept = (struct text_left){ .at = task - line, .bytes = left, .task = head->task - line,
					    .tid = head->tid, .cpu = head->cpu };
		memcpy(kept->text, task, left);
	}
	if (right >= sizeof(uint64_t) && right <= MEMO_BYTES && is_whole(head) && !recall_right(memo, after, right + 1)) {
		struct text_right *kept = &memo->rights[memo->next_right++ % MEMO_RIGHTS];

		*kept = (struct text_right){
			.bytes = right, .body_form = head->body_form, .event = EVENT_UNKNOWN,
			.last = last_bytes(after, right),
			.system = head->system ? head->system - after : 0, .system_bytes = head->system_bytes,
			.name = head->name - after, .name_bytes = head->name_bytes,
		};
		memcpy(kept->text, after, right);
	}
}

bool text_head_recall(struct text_head_memo *memo, struct text_head *head, const char *line, size_t bytes)
{
	const char *end = skip_blanks_left(line, line + bytes), *after = line + memo->end;
	struct text_right *right;
	const struct text_left *left;
	uint64_t seconds, fraction;

	if (!memo->end || end <= after || line[memo->dot] != '.' ||
	    !read_digits(line + memo->dot, memo->dot - memo->begin, &seconds) ||
	    !read_digits(line + memo->end, memo->end - memo->dot - 1, &fraction) || seconds > MOST_SECONDS ||
	    !(left = recall_left(memo, line)) || !(right = recall_right(memo, after, end - after))) {
		if (!text_head_parse(head, line, bytes))
			return false;
		if (fit_columns(memo, head, line))
			remember(memo, head, line);
		return true;
	}
	*head = (struct text_head){
		.time_ns = seconds * 1000000000 + fraction * (memo->clock == CLOCK_MICROSECONDS ? 1000 : 1),
		.tid = left->tid, .cpu = left->cpu, .layout = memo->layout, .clock = memo->clock,
		.body_form = right->body_form, .event = &right->event,
		.system = right->system_bytes ? after + right->system : NULL, .system_bytes = right->system_bytes,
		.name = after + right->name, .name_bytes = right->name_bytes,
		.body = skip_blanks(after + right->bytes, end), .end = end,
		.task = line + left->task, .time = line + memo->begin,
	};
	return true;
}

const char *text_layout_name(enum text_layout layout)
{
	static const char *const names[] = {
		[LAYOUT_FTRACE] = "text of ftrace",
		[LAYOUT_LATENCY] = "text of ftrace, latency format",
		[LAYOUT_PERF] = "text of perf script",
	};

	return names[layout];
}
