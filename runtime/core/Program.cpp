// The main function of every program.
#include "runtime/core/Context.h"
#include "runtime/core/Flags.h"
#include "runtime/core/Progress.h"
#include "runtime/core/Signals.h"
#include "runtime/cpu/Launch.h"
#include "runtime/cpu/Pool.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace nnrt;

static int usageFailure(const UsageError &error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  if (!error.help.empty())
    std::fprintf(stderr, "  = help: %s\n", error.help.c_str());
  return 2;
}

// What is reported never depends on the error's place having been set.
static int runProgram(Context &ctx, const nnrt_program &program) {
  try {
    program.run(&ctx);
    ctx.progress->finish();
    ctx.progress->flushOutput(&ctx);
    return ctx.exitCode;
  } catch (const Error &error) {
    ctx.progress->finish();
    std::fflush(stdout);
    std::fputs(error.render().c_str(), stderr);
  } catch (const std::bad_alloc &) {
    ctx.progress->finish();
    std::fflush(stdout);
    std::fputs(Error(&ctx, "out of memory").render().c_str(), stderr);
  } catch (const std::exception &error) {
    ctx.progress->finish();
    std::fflush(stdout);
    std::fputs(Error(&ctx, error.what()).render().c_str(), stderr);
  }
  return 1;
}

void nnrt_set_exit_code(nnrt_context *ctx, int64_t code) {
  if (code < 0 || code > 255)
    fail(ctx, "the result of `main` is the exit code, from 0 to 255, and not ", code);
  contextOf(ctx).exitCode = int(code);
}

int nnrt_main(int argc, char **argv, const nnrt_program *program) {
  Context ctx;
  try {
    ctx.flags = std::make_unique<FlagValues>(parseFlags(argc, argv, *program));
    Pool::checkEnvironment();
  } catch (const UsageError &error) {
    return usageFailure(error);
  }
  if (ctx.flags->help) {
    std::fputs(helpText(*program).c_str(), stdout);
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  handleSignals();
  catchStackOverflow(&ctx);
  int code = runProgram(ctx, *program);
  const char *stats = std::getenv("NNRT_STATS");
  if (stats && *stats && std::strcmp(stats, "0") != 0)
    std::fputs(ctx.launcher->statsText().c_str(), stderr);
  return code;
}
