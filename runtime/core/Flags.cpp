#include "runtime/core/Flags.h"
#include "runtime/core/Context.h"
#include "runtime/core/DType.h"
#include "runtime/core/Str.h"
#include <algorithm>
#include <charconv>
#include <cmath>

namespace nnrt {

static const char *flagTypeName(int32_t type) {
  return type == NNRT_ARG_STR ? "str" : type == NNRT_I64 ? "int" : dtypeName(type);
}

template <class Number> static bool parseWhole(std::string_view text, Number &out) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-')
    text.remove_prefix(1);
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

static bool fits(int64_t value, int32_t dtype) {
  int bits = int(dtypeSize(dtype)) * 8;
  if (isUnsigned(dtype))
    return value >= 0 && value >> bits == 0;
  return bits == 64 || (value >= -(int64_t(1) << (bits - 1)) && value < int64_t(1) << (bits - 1));
}

// False when text is not a value of the type.
static bool parseValue(const std::string &text, int32_t type, FlagValue &out) {
  out.text = text;
  if (type == NNRT_ARG_STR)
    return findInvalidUtf8(text) < 0;
  if (type == NNRT_BOOL) {
    out.i64 = text == "true";
    return text == "true" || text == "false";
  }
  if (isFloat(type)) {
    if (!parseWhole(text, out.f64))
      return false;
    if (type == NNRT_F32)
      out.f64 = float(out.f64);
    return true;
  }
  if (type == NNRT_U64) {
    uint64_t bits = 0;
    bool ok = parseWhole(text, bits);
    out.i64 = int64_t(bits);
    return ok;
  }
  return parseWhole(text, out.i64) && fits(out.i64, type);
}

/// Flags that must be given; their values may also stand by themselves, in this order.
static bool isPositional(const nnrt_arg_spec &spec) {
  return spec.required && spec.type != NNRT_BOOL;
}

static bool isNegativeNumber(const std::string &text) {
  return text.size() > 1 && text[0] == '-' &&
         ((text[1] >= '0' && text[1] <= '9') || text[1] == '.');
}

static void setFlag(const nnrt_arg_spec &spec, FlagValue &value, const std::string &text) {
  if (!parseValue(text, spec.type, value))
    throw UsageError(cat("`--", spec.name, "` takes ",
                         spec.type == NNRT_BOOL ? "true or false"
                                                : cat("a value of type ", flagTypeName(spec.type)),
                         ", not `", text, "`"));
  FlagValue only;
  if (spec.fixed_text && parseValue(spec.fixed_text, spec.type, only) &&
      (spec.type == NNRT_ARG_STR ? value.text != only.text
                                 : value.i64 != only.i64 || value.f64 != only.f64))
    throw UsageError(
        cat("`--", spec.name, "` was set to ", spec.fixed_text, " when the program was compiled"));
  value.given = true;
}

// The index of a flag; `-` may be written for `_`. -1 when there is none.
static int findFlag(const nnrt_program &program, std::string name) {
  auto same = [&](const nnrt_arg_spec &spec) { return name == spec.name; };
  auto *end = program.args + program.n_args;
  auto *found = std::find_if(program.args, end, same);
  if (found == end) {
    std::replace(name.begin(), name.end(), '-', '_');
    found = std::find_if(program.args, end, same);
  }
  return found == end ? -1 : int(found - program.args);
}

[[noreturn]] static void unknownFlag(const nnrt_program &program, const std::string &name) {
  std::vector<std::string> names{"help"};
  for (int i = 0; i < program.n_args; ++i)
    names.push_back(program.args[i].name);
  std::string near = didYouMean(name, names);
  throw UsageError(cat("unknown flag `--", name, "`"), near.empty()
                                                           ? cat("`--help` lists the flags")
                                                           : cat("did you mean `--", near, "`?"));
}

static bool isFlag(const nnrt_program &program, const std::string &text) {
  if (text.size() < 3 || text.compare(0, 2, "--") != 0)
    return false;
  return text == "--help" || findFlag(program, text.substr(2, text.find('=') - 2)) >= 0;
}

/// The values without a name go to the flags that must be given and were not, in order.
static void placePositionals(const nnrt_program &program, const std::vector<std::string> &texts,
                             FlagValues &flags) {
  int index = 0;
  for (const std::string &text : texts) {
    while (index < program.n_args &&
           (!isPositional(program.args[index]) || flags.values[size_t(index)].given))
      ++index;
    if (index == program.n_args)
      throw UsageError(cat("unexpected argument `", text, "`: values are given as `--name value`"),
                       "`--help` lists the flags");
    setFlag(program.args[index], flags.values[size_t(index)], text);
  }
}

FlagValues parseFlags(int argc, char **argv, const nnrt_program &program) {
  FlagValues flags;
  flags.values.resize(size_t(program.n_args));
  std::vector<std::string> positionals;
  bool onlyValues = false; // behind `--`
  for (int at = 1; at < argc; ++at) {
    std::string text = argv[at];
    if (onlyValues || text.empty() || text[0] != '-' || isNegativeNumber(text)) {
      positionals.push_back(text);
      continue;
    }
    if (text == "--") {
      onlyValues = true;
      continue;
    }
    if (text == "--help" || text == "-h") {
      flags.help = true;
      return flags;
    }
    if (text.size() < 3 || text.compare(0, 2, "--") != 0)
      throw UsageError(cat("unexpected argument `", text, "`: values are given as `--name value`"));
    size_t equals = text.find('=');
    std::string name = text.substr(2, equals == std::string::npos ? equals : equals - 2);
    int index = findFlag(program, name);
    if (index < 0 && name.compare(0, 3, "no-") == 0 && equals == std::string::npos) {
      index = findFlag(program, name.substr(3));
      if (index >= 0 && program.args[index].type == NNRT_BOOL) {
        setFlag(program.args[index], flags.values[size_t(index)], "false");
        continue;
      }
      index = -1;
    }
    if (index < 0)
      unknownFlag(program, name);
    const nnrt_arg_spec &spec = program.args[index];
    FlagValue &value = flags.values[size_t(index)];
    std::string next = at + 1 < argc ? argv[at + 1] : "";
    if (equals != std::string::npos)
      setFlag(spec, value, text.substr(equals + 1));
    else if (spec.type == NNRT_BOOL && next != "true" && next != "false")
      setFlag(spec, value, "true");
    else if (at + 1 < argc && !isFlag(program, next))
      setFlag(spec, value, argv[++at]);
    else
      throw UsageError(cat("`--", spec.name, "` needs a value of type ", flagTypeName(spec.type)));
  }
  placePositionals(program, positionals, flags);
  for (int i = 0; i < program.n_args; ++i) {
    const nnrt_arg_spec &spec = program.args[i];
    FlagValue &value = flags.values[size_t(i)];
    if (!value.given && spec.default_text)
      value.given = parseValue(spec.default_text, spec.type, value);
    if (!value.given && spec.required)
      throw UsageError(cat("`--", spec.name, "` is missing"), "`--help` lists the flags");
  }
  return flags;
}

static std::string shownDefault(const nnrt_arg_spec &spec) {
  if (spec.fixed_text)
    return cat("(set to ", spec.fixed_text, " when compiled)");
  if (spec.default_text && spec.type == NNRT_ARG_STR)
    return cat("(default \"", spec.default_text, "\")");
  const char *text = spec.default_text ? spec.default_text : spec.default_source;
  return text ? cat("(default ", text, ")") : "";
}

std::string helpText(const nnrt_program &program) {
  std::vector<std::string> heads{"--help"};
  for (int i = 0; i < program.n_args; ++i) {
    const nnrt_arg_spec &spec = program.args[i];
    heads.push_back(spec.type == NNRT_BOOL ? cat("--", spec.name)
                                           : cat("--", spec.name, " ", flagTypeName(spec.type)));
  }
  size_t width = 0;
  for (const auto &head : heads)
    width = std::max(width, head.size());
  std::string out = cat("usage: ", program.name);
  for (int i = 0; i < program.n_args; ++i)
    if (isPositional(program.args[i]))
      out += cat(" <", program.args[i].name, ">");
  out += " [flags]\n";
  for (size_t i = 0; i < heads.size(); ++i) {
    std::string about = "show this help";
    if (i > 0) {
      const nnrt_arg_spec &spec = program.args[i - 1];
      about = spec.help ? spec.help : "";
      std::string end = spec.required ? "(required)" : shownDefault(spec);
      about += about.empty() || end.empty() ? end : " " + end;
    }
    out += "  " + heads[i];
    if (!about.empty())
      out += std::string(width - heads[i].size() + 2, ' ') + about;
    out += "\n";
  }
  return out;
}

} // namespace nnrt

using namespace nnrt;

static const FlagValue &flagAt(nnrt_context *ctx, int32_t index) {
  auto &flags = contextOf(ctx).flags;
  if (!flags || index < 0 || size_t(index) >= flags->values.size())
    fail(ctx, "flag ", index, " does not exist");
  return flags->values[size_t(index)];
}

int32_t nnrt_arg_given(nnrt_context *ctx, int32_t index) { return flagAt(ctx, index).given; }
int64_t nnrt_arg_i64(nnrt_context *ctx, int32_t index) { return flagAt(ctx, index).i64; }
double nnrt_arg_f64(nnrt_context *ctx, int32_t index) { return flagAt(ctx, index).f64; }
int32_t nnrt_arg_bool(nnrt_context *ctx, int32_t index) { return flagAt(ctx, index).i64 != 0; }
nnrt_str *nnrt_arg_str(nnrt_context *ctx, int32_t index) {
  return newStr(ctx, flagAt(ctx, index).text);
}
