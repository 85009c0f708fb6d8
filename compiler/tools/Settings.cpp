#include "compiler/tools/Settings.h"
#include "compiler/diagnostics/DidYouMean.h"
#include "compiler/frontend/sema/Sema.h"
#include "compiler/tools/FrontEnd.h"
#include <algorithm>

namespace nnc {

static sema::ArgDecl *findArg(sema::Program &program, std::string name) {
  auto named = [&](const sema::ArgDecl &arg) { return arg.var->name == name; };
  auto found = std::find_if(program.args.begin(), program.args.end(), named);
  if (found == program.args.end()) { // as in the program's own flags
    std::replace(name.begin(), name.end(), '-', '_');
    found = std::find_if(program.args.begin(), program.args.end(), named);
  }
  return found == program.args.end() ? nullptr : &*found;
}

int applySettings(const Flags &flags, sema::Program &program) {
  for (const std::string &setting : flags.settings) {
    size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos)
      return fail("--set takes NAME=VALUE, not `" + setting + "`", 2);
    std::string name = setting.substr(0, equals), value = setting.substr(equals + 1);
    sema::ArgDecl *arg = findArg(program, name);
    if (!arg) {
      std::vector<std::string> names;
      for (const sema::ArgDecl &each : program.args)
        names.push_back(each.var->name);
      std::string near = didYouMean(name, names);
      return fail("`" + flags.file + "` has no flag `" + name + "`" +
                      (near.empty() ? "" : ": did you mean `" + near + "`?"),
                  2);
    }
    if (!sema::fixArg(program, *arg, value))
      return fail("`" + name + "` takes a value of type " + arg->var->type->str() + ", not `" +
                      value + "`",
                  2);
  }
  return 0;
}

// What the command line of the program says for a flag, or its default where that is a number.
// Nothing where it is not sure: the program then finds out when it runs.
static std::string valueOf(const sema::ArgDecl &arg, const Flags &flags) {
  std::string value;
  if (arg.init && arg.init->kind == sema::ExprKind::Int)
    value = std::to_string(sema::as<sema::IntLit>(*arg.init).value);
  auto &texts = flags.programArgs;
  for (size_t i = 0; i < texts.size() && texts[i] != "--"; ++i) {
    size_t equals = std::min(texts[i].find('='), texts[i].size());
    std::string name = texts[i].substr(0, equals);
    std::replace(name.begin() + std::min<size_t>(name.size(), 2), name.end(), '-', '_');
    if (name != "--" + arg.var->name)
      continue;
    if (equals < texts[i].size())
      value = texts[i].substr(equals + 1);
    else
      value = i + 1 < texts.size() ? texts[i + 1] : "";
  }
  return value;
}

void settleSizes(const Flags &flags, sema::Program &program) {
  for (const std::string &text : flags.programArgs)
    if (text == "--help" || text == "-h")
      return;
  std::set<const sema::Var *> sizes = sema::sizesOfModels(program);
  for (sema::ArgDecl &arg : program.args)
    if (!arg.fixed && sizes.count(arg.var) && arg.var->type->is(sema::Type::Kind::Int))
      sema::fixArg(program, arg, valueOf(arg, flags));
}

} // namespace nnc
