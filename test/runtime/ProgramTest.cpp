// A program as the compiler makes it: nnrt_main around a run function. `--task` says what it does.
#include "runtime/core/Str.h"
#include "test/runtime/Check.h"
#include <unistd.h>

using namespace nnrt;

static const nnrt_arg_spec args[] = {
    {"task", NNRT_ARG_STR, 1, nullptr, "what to do", nullptr, nullptr},
    {"epochs", NNRT_I64, 0, "10", "passes over the training set", nullptr, nullptr},
    {"lr", NNRT_F32, 0, "1e-3", "learning rate", nullptr, nullptr},
    {"seed", NNRT_U64, 0, "0", nullptr, nullptr, nullptr},
    {"batch_size", NNRT_U8, 0, nullptr, "computed when left out", nullptr, nullptr},
    {"fast", NNRT_BOOL, 0, "false", "skip the checks", nullptr, nullptr},
};

static void say(nnrt_context *ctx, const std::string &text) {
  Ref<nnrt_str> line(newStr(ctx, text));
  nnrt_print(ctx, line.get(), nullptr);
}

static void showFlags(nnrt_context *ctx) {
  Ref<nnrt_str> lr(nnrt_format_f32(ctx, float(nnrt_arg_f64(ctx, 2)), ""));
  say(ctx,
      cat("epochs ", nnrt_arg_i64(ctx, 1), " lr ", lr->text, " seed ",
          uint64_t(nnrt_arg_i64(ctx, 3)), " batch ",
          nnrt_arg_given(ctx, 4) ? nnrt_arg_i64(ctx, 4) : -1, " fast ", nnrt_arg_bool(ctx, 5)));
}

// A loop over batches that records its loss, slow enough for the progress line to show.
static void train(nnrt_context *ctx, int64_t pauseMicroseconds) {
  Ref<nnrt_tensor> x(nnrt_tensor_range(ctx, NNRT_I32, 0, 1000));
  nnrt_tensor *members[] = {x.get()};
  Ref<nnrt_dataset> dataset(nnrt_dataset_tensors(ctx, members, 1));
  Ref<nnrt_iter> iter(nnrt_dataset_batches(ctx, dataset.get(), 10, nullptr, 0, 0));
  nnrt_tensor *batch;
  while (nnrt_iter_next(ctx, iter.get(), &batch)) {
    Ref<nnrt_tensor> owned(batch), loss(nnrt_tensor_scalar_f64(ctx, NNRT_F32, 0.5));
    nnrt_record(ctx, "loss", loss.get(), 1);
    usleep(useconds_t(pauseMicroseconds));
    if (owned->data[0] == 0)
      say(ctx, "printed inside");
  }
}

// Volatile, so that no compiler makes a loop of it.
static int recurse(volatile int depth) { return depth == -1 ? 0 : recurse(depth + 1) + depth; }

static void run(nnrt_context *ctx) {
  ctx->file = "program.nn";
  ctx->line = 12;
  ctx->col = 5;
  Ref<nnrt_str> task(nnrt_arg_str(ctx, 0));
  if (task->text == "flags")
    showFlags(ctx);
  else if (task->text == "fail")
    nnrt_fail_text(ctx, "the loss is nan");
  else if (task->text == "train")
    train(ctx, 5000);
  else if (task->text == "wait")
    while (true)
      pause();
  else if (task->text == "recurse")
    recurse(0);
  else if (task->text == "print")
    for (int i = 0; i < 100000; ++i)
      say(ctx, "a line that is long enough to fill the buffer");
  else
    fail(ctx, "no task `", task->text, "`");
}

int main(int argc, char **argv) {
  static const nnrt_program program = {"program", run, args, 6};
  return nnrt_main(argc, argv, &program);
}
