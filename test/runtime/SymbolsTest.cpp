// Arguments: nnrt.h. Its functions and Symbols.def must be the same list.
#include "test/runtime/Check.h"
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

static const char *const listed[] = {
#define NNRT_SYMBOL(name) #name,
#include "runtime/Symbols.def"
#undef NNRT_SYMBOL
};

// Every symbol of the list is defined: this would not link otherwise.
static void *const addresses[] = {
#define NNRT_SYMBOL(name) reinterpret_cast<void *>(&name),
#include "runtime/Symbols.def"
#undef NNRT_SYMBOL
};

int main(int, char **argv) {
  std::ifstream file(argv[1]);
  std::stringstream text;
  text << file.rdbuf();
  std::string header = text.str();
  std::set<std::string> declared;
  std::regex function("NNRT_API [^;(]*\\b(nnrt_[a-z0-9_]+)\\(");
  for (std::sregex_iterator at(header.begin(), header.end(), function), end; at != end; ++at)
    declared.insert((*at)[1]);
  std::set<std::string> list(std::begin(listed), std::end(listed));
  CHECK(declared.size() > 100);
  for (const auto &name : declared)
    if (!list.count(name))
      CHECK_TEXT(name, "in Symbols.def");
  for (const auto &name : list)
    if (!declared.count(name))
      CHECK_TEXT(name, "in nnrt.h");
  for (void *address : addresses)
    CHECK(address != nullptr);
  return finish();
}
