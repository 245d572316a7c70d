// SPDX-License-Identifier: GPL-2.0-or-later
/* A form at a time. */
#include "traces/text_form.h"

bool text_form_take(uint8_t form, const char **at, const char *end, uint64_t values[2], struct text_unknown *unknown)
{
	switch ((enum text_form)form) {
	case FORM_DECIMAL:
		return text_value_decimal(at, end, values);
	case FORM_HEX:
		return text_value_hex(at, end, values);
	case FORM_ADDRESS:
		if (text_value_hex(at, end, values) && (*at == end || **at == ' '))
			return true;
		*at = text_skip_value(*at, end);
		values[0] = UINT64_MAX;		/* somewhere in the kernel */
		return true;
	case FORM_DEVICE:
		if (!text_value_decimal(at, end, values))
			return false;
		if (*at == end || **at != ':')
			return true;
		++*at;
		values[0] <<= 20;
		if (!text_value_decimal(at, end, values + 1))
			return false;
		values[0] |= values[1];
		return true;
	case FORM_OFFSET:
		if (!text_value_decimal(at, end, values))
			return false;
		values[1] = values[0];
		if (*at == end || **at != '-')
			return true;
		++*at;
		return text_value_decimal(at, end, values + 1);
	case FORM_GFP:
		return text_value_names(at, end, text_gfp_names, values, unknown);
	case FORM_MEMBER:
		return text_value_names(at, end, text_member_names, values, unknown) && !unknown->bytes;
	case FORM_WRITEBACK:
		return text_value_names(at, end, text_writeback_names, values, unknown);
	case FORM_TRUTH:
		return text_value_names(at, end, text_truth_names, values, unknown) && !unknown->bytes;
	case FORM_SKIP:
		*at = text_skip_value(*at, end);
		return true;
	case FORM_REST:
		values[0] = 0;
		*at = end;
		return true;
	case FORM_COMM:
	case FORM_PATH:
		break;
	}
	return false;
}
