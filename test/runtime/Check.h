// What the runtime's unit tests share: checks that count failures, and errors by their text.
#pragma once
#include "runtime/core/Error.h"
#include "runtime/core/Tensor.h"
#include <cstdio>
#include <string>
#include <vector>

inline int failures = 0;

#define CHECK(condition)                                                                           \
  do {                                                                                             \
    if (!(condition)) {                                                                            \
      std::fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition);                 \
      ++failures;                                                                                  \
    }                                                                                              \
  } while (0)

#define CHECK_TEXT(actual, expected) checkText(__FILE__, __LINE__, actual, expected)
inline void checkText(const char *file, int line, const std::string &actual,
                      const std::string &expected) {
  if (actual != expected) {
    std::fprintf(stderr, "%s:%d: got `%s`, not `%s`\n", file, line, actual.c_str(),
                 expected.c_str());
    ++failures;
  }
}

/// The reason of the error that body raises; "no error" when it raises none.
template <class Body> std::string errorOf(Body body) {
  try {
    body();
    return "no error";
  } catch (const nnrt::Error &error) {
    return error.help.empty() ? error.what() : nnrt::cat(error.what(), " | ", error.help);
  }
}

/// Whether body's error has all the parts; shows the error when not.
#define CHECK_ERROR(body, ...) checkError(__FILE__, __LINE__, errorOf([&] { body; }), {__VA_ARGS__})
inline void checkError(const char *file, int line, const std::string &error,
                       const std::vector<std::string> &parts) {
  for (const std::string &part : parts)
    if (error.find(part) == std::string::npos) {
      std::fprintf(stderr, "%s:%d: the error is `%s`, without `%s`\n", file, line, error.c_str(),
                   part.c_str());
      ++failures;
    }
}

inline int finish() {
  if (failures == 0)
    std::puts("ok");
  return failures != 0;
}
