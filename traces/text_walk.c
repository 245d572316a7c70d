// SPDX-License-Identifier: GPL-2.0-or-later
/* Sorts lines, and doubts times. */
#include "traces/text_walk.h"

#include "traces/mm_event.h"
#include "traces/text_value.h"

#include <string.h>

/* As in cpu_stream.c: what is off by more is damage. */
#define STAMP_SLACK UINT64_C(1000000000)

void text_walk_open(struct text_walk *walk, const struct trace_file *file)
{
	*walk = (struct text_walk){ .input = text_input_open(file) };
}

void text_walk_close(struct text_walk *walk)
{
	text_input_close(walk->input);
	walk->input = NULL;
}

void text_walk_restart(struct text_walk *walk, const struct trace_file *file)
{
	struct text_input *input = walk->input;

	if (!text_input_rewind(input)) {
		text_input_close(input);
		input = text_input_open(file);
	}
	*walk = (struct text_walk){ .input = input };
}

static bool take(const char **at, const char *end, const char *what)
{
	size_t bytes = strlen(what);

	if ((size_t)(end - *at) < bytes || memcmp(*at, what, bytes))
		return false;
	*at += bytes;
	return true;
}

static void take_blanks(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		++*at;
}

/* "CPU:1 [LOST 123 EVENTS]" of the kernel, "CPU:1 [123 EVENTS DROPPED]" of trace-cmd. */
static bool read_loss(struct text_walk *walk, const char *line, const char *end)
{
	const char *at = memmem(line, end - line, "CPU:", 4);
	uint64_t cpu;
	bool is_ftrace;

	if (!at)
		return false;
	at += 4;
	walk->lost = 0;
	if (!text_value_decimal(&at, end, &cpu) || cpu > UINT16_MAX || !take(&at, end, " ["))
		return false;
	is_ftrace = take(&at, end, "LOST ");
	if (at < end && *at >= '0' && *at <= '9' &&
	    (!text_value_decimal(&at, end, &walk->lost) || !take(&at, end, " ")))
		return false;
	walk->cpu = cpu;
	return take(&at, end, "EVENTS") && (is_ftrace || take(&at, end, " DROPPED")) && take(&at, end, "]");
}

/* "A/B": of B events A are there, the others were overwritten. */
static bool read_written(struct text_walk *walk, const char *at, const char *end)
{
	uint64_t there, written;

	if (!text_value_decimal(&at, end, &there) || !take(&at, end, "/") ||
	    !text_value_decimal(&at, end, &written) || there >= written)
		return false;
	walk->lost = written - there;
	walk->cpu = MM_ANY_CPU;
	return true;
}

static void copy_kernel(struct text_walk *walk, const char *at, const char *end)
{
	size_t bytes = end - at;

	if (bytes >= sizeof(walk->kernel))
		bytes = sizeof(walk->kernel) - 1;
	memcpy(walk->kernel, at, bytes);
	walk->kernel[bytes] = '\0';
}

/* Lines of the head; true if they say that events were lost. */
static bool read_comment(struct text_walk *walk, const char *at, const char *end)
{
	if (take(&at, end, "# tracer:"))
		walk->writer = WRITER_FTRACE;
	else if (take(&at, end, "# os release : "))
		copy_kernel(walk, at, end);
	else if (take(&at, end, "# entries-in-buffer/entries-written: "))
		return read_written(walk, at, end);
	else if (take(&at, end, "# latency: ") && (at = memmem(at, end - at, ", #", 3)))
		return read_written(walk, at + 3, end);
	return false;
}

/* Lines that belong to a trace and hold no event. */
static bool is_aside(struct text_walk *walk, const char *at, const char *end)
{
	const char *begin = at;
	uint64_t number;

	take_blanks(&at, end);
	if (at == end || take(&at, end, "=> ") || take(&at, end, "version = "))
		return true;
	if (take(&at, end, "cpus=")) {
		walk->writer = WRITER_TRACE_CMD;
		return true;
	}
	if (take(&at, end, "CPU "))
		return text_value_decimal(&at, end, &number) && take(&at, end, " is empty");
	return *begin == '\t' && text_value_hex(&at, end, &number) && (at == end || *at == ' ');
}

static bool is_of_time(const struct text_head *head)
{
	return head->body_form != BODY_RECORD && head->body_form != BODY_OTHER;
}

/* Seconds with a fraction may have six or nine digits in one text. */
static bool is_same_clock(uint8_t a, uint8_t b)
{
	return a == b || (a <= CLOCK_NANOSECONDS && b <= CLOCK_NANOSECONDS);
}

static bool is_before(uint64_t a, uint64_t b)
{
	return b > STAMP_SLACK && a < b - STAMP_SLACK;
}

/* Whether the line after says that this one's time, later by far than the line before, lies. */
static bool is_denied(const struct text_walk *walk)
{
	struct text_line line;
	struct text_head next;

	return text_input_peek(walk->input, &line) && text_head_parse(&next, line.text, line.bytes) &&
	       is_of_time(&next) && is_same_clock(next.clock, walk->head.clock) &&
	       is_before(next.time_ns, walk->head.time_ns) &&
	       !(walk->has_last && is_before(next.time_ns, walk->last_ns));
}

static enum text_item damage(struct text_walk *walk, const char *what)
{
	walk->damage = what;
	return ITEM_DAMAGE;
}

static enum text_item check_time(struct text_walk *walk)
{
	struct text_head *head = &walk->head;

	if (walk->has_last && !is_same_clock(walk->clock, head->clock))
		return damage(walk, "a time of another form than before");
	if (walk->has_last && is_before(head->time_ns, walk->last_ns))
		return damage(walk, "a time before that of the line above");
	if ((!walk->has_last || is_before(walk->last_ns, head->time_ns)) && is_denied(walk))
		return damage(walk, "a time after that of the line below");
	walk->nr_times++;
	if (head->time_ns < walk->last_ns) {
		walk->nr_back++;
		head->time_ns = walk->last_ns;
	}
	walk->last_ns = head->time_ns;
	walk->clock = head->clock;
	walk->has_last = true;
	return ITEM_EVENT;
}

/* perf script --show-lost-events: "PERF_RECORD_LOST lost 7". */
static enum text_item read_record(struct text_walk *walk)
{
	const struct text_head *head = &walk->head;
	const char *at = head->name, *end = head->end;

	if (!take(&at, end, "PERF_RECORD_LOST"))
		return ITEM_EVENT;
	take(&at, end, "_SAMPLES");
	if (!take(&at, end, " lost ") || !text_value_decimal(&at, end, &walk->lost))
		return damage(walk, "no line of a trace");
	walk->cpu = head->cpu;
	return ITEM_LOSS;
}

/* Whether a comment goes on as an event: the end of its line is lost. */
static bool hides_event(const char *comment, const char *end)
{
	struct text_head head;

	return text_head_parse(&head, comment, end - comment) && is_of_time(&head) && head.clock <= CLOCK_NANOSECONDS;
}

/* ITEM_END: nothing to tell. */
static enum text_item read_line(struct text_walk *walk)
{
	const char *text = walk->at.text, *end = text + walk->at.bytes;

	if (end > text && end[-1] == '\r')
		end--;
	if (walk->at.may_have_nul && memchr(text, '\0', end - text))
		return damage(walk, "NUL bytes in a line");
	if (end > text && *text == '#')
		return hides_event(text, end) ? damage(walk, "an event in a comment") :
		       read_comment(walk, text, end) ? ITEM_LOSS : ITEM_END;
	if (!text_head_recall(&walk->memo, &walk->head, text, end - text))
		return is_aside(walk, text, end) ? ITEM_END : read_loss(walk, text, end) ? ITEM_LOSS :
		       damage(walk, "no line of a trace");
	if (is_of_time(&walk->head))
		return check_time(walk);
	walk->head.time_ns = walk->last_ns;
	return walk->head.body_form == BODY_RECORD ? read_record(walk) : ITEM_EVENT;
}

/* NUL bytes before a line: a file that was cut off by a crash, and written on. */
static bool splits_off_zeros(struct text_walk *walk)
{
	size_t zeros = 0;

	while (zeros < walk->at.bytes && !walk->at.text[zeros])
		zeros++;
	if (!zeros)
		return false;
	walk->rest = (struct text_line){ walk->at.text + zeros, walk->at.bytes - zeros, walk->at.offset + zeros, true };
	walk->has_rest = true;
	walk->at.bytes = zeros;
	return true;
}

static enum text_step next_line(struct text_walk *walk)
{
	if (walk->has_rest) {
		walk->has_rest = false;
		walk->at = walk->rest;
		return TEXT_LINE;
	}
	walk->line++;
	return text_input_next(walk->input, &walk->at);
}

static void skip_mark(struct text_line *line)
{
	if (line->bytes >= 3 && !memcmp(line->text, "\xef\xbb\xbf", 3)) {
		line->text += 3;
		line->bytes -= 3;
	}
}

enum text_item text_walk_next(struct text_walk *walk)
{
	enum text_item item = ITEM_END;

	while (item == ITEM_END) {
		switch (next_line(walk)) {
		case TEXT_END:
			return ITEM_END;
		case TEXT_OVERLONG:
			return damage(walk, "longer than any line of a trace");
		case TEXT_UNENDED:
			return damage(walk, "cut off, it has no end");
		case TEXT_LINE:
			if (walk->line == 1)
				skip_mark(&walk->at);
			if (walk->at.bytes && !*walk->at.text && splits_off_zeros(walk))
				return damage(walk, "NUL bytes");
			item = read_line(walk);
		}
	}
	return item;
}

bool text_walk_probe(const char *text, size_t bytes)
{
	const char *end = text + bytes, *line_end;

	for (; (line_end = memchr(text, '\n', end - text)); text = line_end + 1) {
		struct text_head head;
		const char *at = text;

		if (take(&at, line_end, "# tracer: ") || take(&at, line_end, "cpus=") ||
		    text_head_parse(&head, text, line_end - text))
			return true;
	}
	return false;
}
