// Text of values. Tensors are in FormatTensor.cpp.
#include "runtime/core/FormatSpec.h"
#include "runtime/core/FormatTensor.h"
#include "runtime/core/List.h"
#include "runtime/core/Map.h"
#include "runtime/core/Struct.h"

using namespace nnrt;

static nnrt_str *numberStr(nnrt_context *ctx, const FormatSpec &spec, std::string text) {
  return newStr(ctx, padded(spec, std::move(text), true));
}

nnrt_str *nnrt_format_i64(nnrt_context *ctx, int64_t value, const char *format) {
  FormatSpec spec = parseFormat(ctx, format);
  if (spec.type == 'e' || spec.type == 'E' || spec.type == '%')
    return numberStr(ctx, spec, floatText(spec, double(value), false));
  return numberStr(ctx, spec,
                   integerText(spec, value < 0 ? 0 - uint64_t(value) : uint64_t(value), value < 0));
}

nnrt_str *nnrt_format_u64(nnrt_context *ctx, uint64_t value, const char *format) {
  FormatSpec spec = parseFormat(ctx, format);
  return numberStr(ctx, spec, integerText(spec, value, false));
}

// nan and inf are never filled up with zeros.
static nnrt_str *floatStr(nnrt_context *ctx, double value, const char *format, bool isF32) {
  FormatSpec spec = parseFormat(ctx, format);
  std::string text = floatText(spec, value, isF32);
  if (value - value != 0)
    spec.zero = false;
  return numberStr(ctx, spec, std::move(text));
}

nnrt_str *nnrt_format_f64(nnrt_context *ctx, double value, const char *format) {
  return floatStr(ctx, value, format, false);
}

nnrt_str *nnrt_format_f32(nnrt_context *ctx, float value, const char *format) {
  return floatStr(ctx, value, format, true);
}

static std::string stringText(const FormatSpec &spec, const nnrt_str &value) {
  if (spec.precision < 0 || spec.precision >= value.chars)
    return padded(spec, value.text, false);
  return padded(spec, value.text.substr(0, value.byteOf(spec.precision)), false);
}

nnrt_str *nnrt_format_bool(nnrt_context *ctx, int32_t value, const char *format) {
  return newStr(ctx, padded(parseFormat(ctx, format), value ? "true" : "false", false));
}

nnrt_str *nnrt_format_str(nnrt_context *ctx, nnrt_str *value, const char *format) {
  return newStr(ctx, stringText(parseFormat(ctx, format), *value));
}

nnrt_str *nnrt_format_tensor(nnrt_context *ctx, nnrt_tensor *value, const char *format) {
  return newStr(ctx, tensorText(parseFormat(ctx, format), *value));
}

// ---- containers: strings inside them are quoted, and a format is for each number

static void appendHandle(std::string &out, const FormatSpec &spec, Object *value, int depth);

static void appendSlot(std::string &out, const FormatSpec &spec, int32_t elem, Slot slot,
                       int depth) {
  if (elem == NNRT_ELEM_HANDLE)
    return appendHandle(out, spec, slot.handle, depth);
  bool negative = elem == NNRT_ELEM_I64 && slot.i64 < 0;
  out += padded(
      spec,
      elem == NNRT_ELEM_F64
          ? floatText(spec, slot.f64, false)
          : integerText(spec, negative ? 0 - uint64_t(slot.i64) : uint64_t(slot.i64), negative),
      true);
}

static void appendQuoted(std::string &out, const std::string &text) {
  out += '"';
  for (char c : text) {
    if (c == '\n' || c == '"' || c == '\\' || c == '\t')
      out += '\\';
    out += c == '\n' ? 'n' : c == '\t' ? 't' : c;
  }
  out += '"';
}

nnrt_str *nnrt_str_quote(nnrt_context *ctx, nnrt_str *str) {
  std::string out;
  appendQuoted(out, str->text);
  return newStr(ctx, std::move(out));
}

static void appendMap(std::string &out, const FormatSpec &spec, const nnrt_map &map, int depth) {
  out += map.size() ? "[" : "[:";
  for (int64_t i = 0; i < map.size(); ++i) {
    out += i ? ", " : "";
    appendSlot(out, spec, map.keyElem, map.entries[i].key, depth);
    out += ": ";
    appendSlot(out, spec, map.valueElem, map.entries[i].value, depth);
  }
  out += "]";
}

static void appendHandle(std::string &out, const FormatSpec &spec, Object *value, int depth) {
  if (!value) {
    out += "none";
    return;
  }
  if (++depth > maxNesting)
    fail(value->ctx, "the value is nested too deeply to be printed");
  switch (value->kind) {
  case Kind::Str:
    return appendQuoted(out, static_cast<nnrt_str *>(value)->text);
  case Kind::Tensor:
    out += tensorText(spec, *static_cast<nnrt_tensor *>(value));
    return;
  case Kind::List: {
    auto &list = *static_cast<nnrt_list *>(value);
    for (int64_t i = 0; i < list.size(); ++i) {
      out += i ? ", " : "[";
      appendSlot(out, spec, list.elem, list.slots[i], depth);
    }
    out += list.size() ? "]" : "[]";
    return;
  }
  case Kind::Map:
    return appendMap(out, spec, *static_cast<nnrt_map *>(value), depth);
  case Kind::Struct: {
    auto &object = *static_cast<nnrt_struct *>(value);
    out += "(";
    for (size_t i = 0; i < object.slots.size(); ++i) {
      out += i ? ", " : "";
      appendSlot(out, spec, object.elems[i], object.slots[i], depth);
    }
    out += ")";
    return;
  }
  case Kind::Dataset:
    out +=
        cat("dataset of ", nnrt_dataset_len(reinterpret_cast<nnrt_dataset *>(value)), " samples");
    return;
  case Kind::Iter:
    out += "batches";
    return;
  case Kind::Archive:
    out += "archive";
    return;
  }
}

nnrt_str *nnrt_format_handle(nnrt_context *ctx, void *value, const char *format) {
  FormatSpec spec = parseFormat(ctx, format);
  auto *object = static_cast<Object *>(value);
  if (object && object->kind == Kind::Str)
    return newStr(ctx, stringText(spec, *static_cast<nnrt_str *>(object)));
  std::string out;
  appendHandle(out, spec, object, 0);
  return newStr(ctx, std::move(out));
}
