// Functions that are compiled once for every count from 1 on, so that their accumulators are registers, and the table of
// them.
#pragma once

/// Defines functions `table`_1, `table`_2 … up to `count`, a literal or a macro of one, and `table` of them in that order.
/// DEFINE(n, function, vectors) defines the one for n.
#define HRN_INSTANCES(type, table, count, DEFINE, vectors) \
  HRN_UP_TO(count, DEFINE, table, vectors)                 \
  static const type table[] = {HRN_UP_TO(count, HRN_INSTANCE, table, vectors)};

#define HRN_INSTANCE(n, function, vectors) function,

/// X(n, table_n, vectors) for every n up to `count`.
#define HRN_UP_TO(count, X, table, vectors) HRN_UP_TO_(count, X, table, vectors)
#define HRN_UP_TO_(count, X, table, vectors) HRN_UP_TO_##count(X, table, vectors)
#define HRN_UP_TO_1(X, table, vectors) X(1, table##_1, vectors)
#define HRN_UP_TO_2(X, table, vectors) HRN_UP_TO_1(X, table, vectors) X(2, table##_2, vectors)
#define HRN_UP_TO_3(X, table, vectors) HRN_UP_TO_2(X, table, vectors) X(3, table##_3, vectors)
#define HRN_UP_TO_4(X, table, vectors) HRN_UP_TO_3(X, table, vectors) X(4, table##_4, vectors)
#define HRN_UP_TO_5(X, table, vectors) HRN_UP_TO_4(X, table, vectors) X(5, table##_5, vectors)
#define HRN_UP_TO_6(X, table, vectors) HRN_UP_TO_5(X, table, vectors) X(6, table##_6, vectors)
#define HRN_UP_TO_7(X, table, vectors) HRN_UP_TO_6(X, table, vectors) X(7, table##_7, vectors)
#define HRN_UP_TO_8(X, table, vectors) HRN_UP_TO_7(X, table, vectors) X(8, table##_8, vectors)
#define HRN_UP_TO_9(X, table, vectors) HRN_UP_TO_8(X, table, vectors) X(9, table##_9, vectors)
#define HRN_UP_TO_10(X, table, vectors) HRN_UP_TO_9(X, table, vectors) X(10, table##_10, vectors)
#define HRN_UP_TO_11(X, table, vectors) HRN_UP_TO_10(X, table, vectors) X(11, table##_11, vectors)
#define HRN_UP_TO_12(X, table, vectors) HRN_UP_TO_11(X, table, vectors) X(12, table##_12, vectors)
