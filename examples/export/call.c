/* Calls the library that nnc makes from classify.nn:
 *
 *   nnc build --lib classify.nn
 *   cc call.c -L. -lclassify -Wl,-rpath,. -lpthread -o call && ./call
 */
#include "libclassify.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 7, COLUMNS = 5, CLASSES = 3, THREADS = 4, CALLS = 100 };

static void sample(float *x, int rows) {
  for (int i = 0; i < rows * COLUMNS; ++i)
    x[i] = (float)(i * 7 % 11 - 5) / 4;
}

/* 0 or 1, as the functions of the library. */
static int show(int rows) {
  float x[ROWS * COLUMNS], sure[ROWS];
  int32_t classes[ROWS];
  sample(x, rows);
  if (classify_best(x, rows, classes, sure))
    return 1;
  printf("%d rows\n", rows);
  for (int r = 0; r < rows; ++r)
    printf("row %d is %d, %.6f\n", r, (int)classes[r], sure[r]);
  return 0;
}

/* An error is a message of the thread that made the call. */
static void show_errors(void) {
  float x[ROWS * COLUMNS], one[CLASSES], all[ROWS * CLASSES];
  sample(x, ROWS);
  if (classify_scores_at(x, 7, ROWS, one))
    fprintf(stderr, "row 7: %s\n", classify_last_error());
  if (classify_scores(x, 5000, all))
    fprintf(stderr, "5000 rows: %s\n", classify_last_error());
  if (classify_scores(x, -1, all))
    fprintf(stderr, "-1 rows: %s\n", classify_last_error());
  if (classify_scores(NULL, 2, all))
    fprintf(stderr, "no input: %s\n", classify_last_error());
  if (classify_scores(x, 0, NULL) == 0)
    fprintf(stderr, "nothing in, nothing out: [%s]\n", classify_last_error());
}

/* Each thread gives other sizes, makes errors in between, and compares with what came first. */
static void *work(void *number) {
  float x[ROWS * COLUMNS], wanted[ROWS * CLASSES], all[ROWS * CLASSES];
  int rows = 1 + 2 * *(const int *)number;
  sample(x, rows);
  if (classify_scores(x, rows, wanted))
    return "the first call";
  for (int i = 0; i < CALLS; ++i) {
    if (classify_scores_at(x, rows, rows, all) == 0 ||
        strstr(classify_last_error(), "out of range") == NULL)
      return "an index that is out of range";
    if (classify_scores(x, rows, all) || classify_last_error()[0] != '\0')
      return "a later call";
    if (memcmp(all, wanted, sizeof(float) * CLASSES * (size_t)rows) != 0)
      return "a later result";
  }
  return NULL;
}

static int run_threads(void) {
  pthread_t threads[THREADS];
  int numbers[THREADS], wrong = 0;
  for (int i = 0; i < THREADS; ++i) {
    numbers[i] = i;
    if (pthread_create(&threads[i], NULL, work, &numbers[i]))
      return 1;
  }
  for (int i = 0; i < THREADS; ++i) {
    void *what;
    pthread_join(threads[i], &what);
    wrong |= what != NULL;
    if (what)
      fprintf(stderr, "thread %d: %s\n", i, (const char *)what);
  }
  if (!wrong)
    fprintf(stderr, "%d threads agree\n", THREADS);
  return wrong;
}

int main(void) {
  float x[ROWS * COLUMNS], last[CLASSES];
  sample(x, ROWS);
  if (show(0) || show(1) || show(ROWS) || classify_scores_at(x, -1, ROWS, last)) {
    fprintf(stderr, "error: %s\n", classify_last_error());
    return 1;
  }
  printf("last %.6f\n", last[2]);
  show_errors();
  return run_threads();
}
