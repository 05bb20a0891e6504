/*
 * judge.h: what an exchange of a call came to, and what becomes of the call.
 *
 * An attempt ends in one of three ways: the call settles, the call is made again (at once after a
 * 401, else after a pause), or what it left in doubt is looked up.
 */
#ifndef SPREETAIL_JUDGE_H
#define SPREETAIL_JUDGE_H

#include "call.h"

void judge_exchange(spreetail_call *call);

#endif
