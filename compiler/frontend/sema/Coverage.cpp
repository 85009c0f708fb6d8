// Whether the arms of a `match` cover every value, and if not, a value that they leave out.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {
namespace {

using Row = std::vector<const Pattern *>; // a null takes everything
using Words = std::vector<std::string>;

/// One way to make a value of a type: a variant, `none`, a tuple.
struct Maker {
  Pattern::Kind kind;
  unsigned variant = 0; // Variant; Bool: the value
  std::string name;
  std::vector<const Type *> parts;
};

class Coverage {
public:
  /// A value, as a pattern for each of the types, that no row takes.
  std::optional<Words> leftOut(const std::vector<Row> &rows, std::vector<const Type *> types) {
    if (types.empty())
      return rows.empty() ? std::make_optional(Words()) : std::nullopt;
    if (++steps > kMostSteps)
      return std::nullopt;
    std::vector<Maker> makers = makersOf(*types[0], rows);
    types.erase(types.begin());
    if (makers.empty()) { // numbers and texts: there is always another one
      auto rest = leftOut(taking(rows, nullptr), types);
      if (rest)
        rest->insert(rest->begin(), "_");
      return rest;
    }
    for (const Maker &maker : makers) {
      std::vector<const Type *> wanted = maker.parts;
      wanted.insert(wanted.end(), types.begin(), types.end());
      if (auto found = leftOut(taking(rows, &maker), wanted)) {
        Words parts(found->begin(), found->begin() + maker.parts.size());
        found->erase(found->begin(), found->begin() + maker.parts.size());
        found->insert(found->begin(), shown(maker, parts));
        return found;
      }
    }
    return std::nullopt;
  }

private:
  static constexpr unsigned kMostSteps = 100000;
  unsigned steps = 0;

  static bool takesAll(const Pattern *pattern) {
    return !pattern || pattern->kind == Pattern::Kind::Wildcard ||
           pattern->kind == Pattern::Kind::Bind;
  }

  static std::vector<Maker> makersOf(const Type &type, const std::vector<Row> &rows) {
    std::vector<Maker> makers;
    if (type.is(Type::Kind::Enum))
      for (unsigned i = 0; i < type.enumInfo->variants.size(); ++i) {
        auto &variant = type.enumInfo->variants[i];
        makers.push_back({Pattern::Kind::Variant, i, variant.name, variant.fields});
      }
    if (type.is(Type::Kind::Optional)) {
      makers.push_back({Pattern::Kind::None, 0, "none", {}});
      makers.push_back({Pattern::Kind::Some, 0, "", {type.elems[0]}});
    }
    if (type.isScalar() && type.dtype == DType::Bool) {
      makers.push_back({Pattern::Kind::Bool, 1, "true", {}});
      makers.push_back({Pattern::Kind::Bool, 0, "false", {}});
    }
    for (const Row &row : rows) // a tuple, or what a pattern of several names takes apart
      if (makers.empty() && row[0] && row[0]->kind == Pattern::Kind::Tuple) {
        makers.push_back({Pattern::Kind::Tuple, 0, "", {}});
        for (const Pattern *part : row[0]->parts)
          makers[0].parts.push_back(part->type);
      }
    return makers;
  }

  /// What the rows ask for behind a first value made so; null: by none of the known makers.
  static std::vector<Row> taking(const std::vector<Row> &rows, const Maker *maker) {
    std::vector<Row> out;
    for (const Row &row : rows) {
      Row taken;
      if (takesAll(row[0]))
        taken.assign(maker ? maker->parts.size() : 0, nullptr);
      else if (maker && isMade(*row[0], *maker))
        taken.assign(row[0]->parts.begin(), row[0]->parts.end());
      else
        continue;
      taken.insert(taken.end(), row.begin() + 1, row.end());
      out.push_back(taken);
    }
    return out;
  }

  static bool isMade(const Pattern &pattern, const Maker &maker) {
    if (pattern.kind != maker.kind)
      return false;
    if (pattern.kind == Pattern::Kind::Variant)
      return pattern.variant == maker.variant;
    return pattern.kind != Pattern::Kind::Bool || (pattern.intValue != 0) == (maker.variant != 0);
  }

  static std::string shown(const Maker &maker, const Words &parts) {
    if (maker.kind == Pattern::Kind::Some)
      return parts[0] == "_" ? "x" : parts[0];
    std::string text;
    for (const std::string &part : parts)
      text += (text.empty() ? "(" : ", ") + part;
    return maker.name + (text.empty() ? "" : text + ")");
  }
};

} // namespace

std::optional<std::string> Checker::leftOut(const Match &match) {
  std::vector<Row> rows;
  for (const MatchArm &arm : match.arms)
    rows.push_back({arm.pattern});
  auto found = Coverage().leftOut(rows, {match.value->type});
  return found ? std::make_optional(found->front()) : std::nullopt;
}

} // namespace nnc::sema
