/* scene.h: a client on a fake platform, and what most tests do with one. */
#ifndef SPREETAIL_SCENE_H
#define SPREETAIL_SCENE_H

#include "fake.h"

#define SCENE_SECRET "open-sesame-0123456789"

struct scene {
    struct fake fake;
    spreetail_client *client;
};

/* For cmocka: a scene with scene_options() in *state, with no login yet; and its end. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* The same, after a login that brought the token "token-1" for a day, which has served since. */
int scene_setup_logged_in(void **state);

/* Replaces the scene's client. */
void scene_open(struct scene *scene, struct spreetail_options options);
struct spreetail_options scene_options(void);

/* Requests to vary: one that reads, one that changes something. */
struct spreetail_request scene_reading(void);
struct spreetail_request scene_changing(void);

spreetail_call *scene_start(struct scene *scene, struct spreetail_request request);
spreetail_call *scene_get(struct scene *scene);
spreetail_call *scene_post(struct scene *scene);

/* Steps until nothing more is to be done at once. */
void scene_step(struct scene *scene);
void scene_advance(struct scene *scene, double seconds); /* and steps */

/* Answers the login that runs with a token, or with something else, and steps. */
void scene_give_token(struct scene *scene, const char *token, double life);
void scene_answer_login(struct scene *scene, int status, const char *header, const char *body);
void scene_fail_login(struct scene *scene, enum exchange_failure failure);

/* Answers the call that was sent first, and steps. */
void scene_answer(struct scene *scene, int status, const char *body);

/* Answers every call that runs. */
void scene_answer_all(struct scene *scene, int status, const char *body);

/* Fetches and forgets events and settled calls, which keep next_timeout() at 0. */
void scene_take_news(struct scene *scene);

/* Checks how a call ended, and drops it. */
void scene_expect_success(spreetail_call *call);
void scene_expect_failure(spreetail_call *call, enum spreetail_kind kind,
                          enum spreetail_outcome outcome);

#endif
