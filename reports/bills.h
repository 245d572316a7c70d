/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who pays for whom: the questions, and the answer in a few lines.
 *
 * Rows of bills_sql are what a container is charged for, taken apart; those of
 * shares_sql with whom it shares.
 */
#ifndef REPORTS_BILLS_H
#define REPORTS_BILLS_H

#include "reports/report.h"

extern const char bills_sql[];
extern const char shares_sql[];

/* Columns of bills.sql. */
enum bill_column {
	BILL_CONTAINER, BILL_NAME, BILL_PATH, BILL_RESOURCE, BILL_TIME, BILL_HELD, BILL_OWN, BILL_SHARED, BILL_OTHERS,
	BILL_UNMAPPED, BILL_UNPAID, BILL_ALONE, BILL_UNPAID_BY_OTHERS
};

/* A line a container that pays for others, or others for it, noticeably; nothing where none does. */
enum status bills_print(struct run_db *run, FILE *out, struct error *err);

#endif
