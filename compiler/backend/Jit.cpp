#include "compiler/backend/Jit.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/TargetSelect.h"
#include <cstdio>

namespace nnc {

using namespace llvm;

static Expected<int> run(const std::string &object, const std::string &runtimeLibrary,
                         const std::vector<std::string> &arguments) {
  InitializeNativeTarget();
  InitializeNativeTargetAsmPrinter();
  auto jit = orc::LLJITBuilder().create();
  if (!jit)
    return jit.takeError();
  orc::JITDylib &program = (*jit)->getMainJITDylib();
  char prefix = (*jit)->getDataLayout().getGlobalPrefix();
  auto runtime = orc::DynamicLibrarySearchGenerator::Load(runtimeLibrary.c_str(), prefix);
  if (!runtime)
    return runtime.takeError();
  program.addGenerator(std::move(*runtime));
  auto process =
      orc::DynamicLibrarySearchGenerator::GetForCurrentProcess(prefix); // memcpy and the like
  if (!process)
    return process.takeError();
  program.addGenerator(std::move(*process));
  auto buffer = MemoryBuffer::getMemBuffer(object, "program.o", false);
  if (Error error = (*jit)->addObjectFile(std::move(buffer)))
    return std::move(error);
  auto main = (*jit)->lookup("main");
  if (!main)
    return main.takeError();
  std::vector<char *> argv;
  for (const std::string &argument : arguments)
    argv.push_back(const_cast<char *>(argument.c_str()));
  argv.push_back(nullptr);
  int code = main->toPtr<int(int, char **)>()(static_cast<int>(arguments.size()), argv.data());
  std::fflush(stdout);
  return code;
}

int runObject(const std::string &object, const std::string &runtimeLibrary,
              const std::vector<std::string> &arguments, std::string &error) {
  Expected<int> code = run(object, runtimeLibrary, arguments);
  if (code)
    return *code;
  error = toString(code.takeError());
  return 70;
}

} // namespace nnc
