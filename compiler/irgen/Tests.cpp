// The tests of a file as a program: each is a function of its own, whose failure the next one does
// not see.
#include "compiler/irgen/IRGen.h"
#include "dialects/host/HostDialect.h"

using namespace mlir;

namespace nnc::irgen {

void Generator::makeTests() {
  for (const sema::TestDecl &test : program.tests) {
    loc = at(test.loc);
    Location here = loc;
    std::string name;
    {
      OpBuilder::InsertionGuard guard(b);
      HostFunction function = beginFunction("test", {}, {});
      name = function.name;
      makeTest(test);
      endFunction(function, {});
    }
    loc = here;
    hostCall("nnrt_test_begin", {text(sources.place(test.loc))}, {});
    Value reason =
        host::TryOp::create(b, loc, TypeRange(handleType()), name, ValueRange()).getResult(0);
    Value length = materialize(static_cast<int64_t>(test.name.size()));
    Value shown = hostCall("nnrt_str_new", {text(test.name), length}, handleType());
    hostCall("nnrt_test_end", {shown, reason}, {});
  }
}

/// What the test reads of the top level is computed anew, so that no test depends on another.
void Generator::makeTest(const sema::TestDecl &test) {
  globals.clear();
  for (const sema::ArgDecl &arg : program.args)
    if (arg.init && test.reads.count(arg.var))
      define(arg.var, eval(*arg.init));
  for (auto &[var, value] : program.globals)
    if (test.reads.count(var))
      define(var, evalStored(*value));
  for (const sema::Stmt *stmt : test.before) {
    loc = at(stmt->loc);
    exec(*stmt);
  }
  evalBody(*test.body, nullptr);
}

} // namespace nnc::irgen
