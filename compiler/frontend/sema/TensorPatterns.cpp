// einsum, rearrange, concat and stack: tensor functions with patterns or any number of arguments.
#include "compiler/frontend/sema/Checker.h"
#include <algorithm>

namespace nnc::sema {

namespace {
// One side of a pattern: axes, each of one name or a group of names in parentheses.
using AxisGroups = std::vector<std::vector<std::string>>;

std::optional<AxisGroups> parseSide(const std::string &text) {
  AxisGroups groups;
  bool inGroup = false;
  for (size_t i = 0; i < text.size();) {
    char c = text[i];
    if (c == ' ') {
      ++i;
    } else if (c == '(') {
      if (inGroup)
        return std::nullopt;
      inGroup = true;
      groups.emplace_back();
      ++i;
    } else if (c == ')') {
      if (!inGroup)
        return std::nullopt;
      inGroup = false;
      ++i;
    } else if (isalnum(static_cast<unsigned char>(c)) || c == '_') {
      size_t end = i;
      while (end < text.size() &&
             (isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_'))
        ++end;
      if (!inGroup)
        groups.emplace_back();
      groups.back().push_back(text.substr(i, end - i));
      i = end;
    } else {
      return std::nullopt;
    }
  }
  return inGroup ? std::nullopt : std::optional<AxisGroups>(groups);
}

struct PatternText {
  std::vector<AxisGroups> inputs;
  AxisGroups output;
};

// The names of the axes of one side; none if some axes are groups.
AxisNames namesOf(const AxisGroups &side) {
  AxisNames names;
  for (const std::vector<std::string> &group : side) {
    if (group.size() != 1)
      return {};
    names.push_back(group[0]);
  }
  return names;
}

std::optional<PatternText> parsePattern(const std::string &text) {
  size_t arrow = text.find("->");
  if (arrow == std::string::npos)
    return std::nullopt;
  PatternText pattern;
  std::string left = text.substr(0, arrow);
  for (size_t begin = 0; begin <= left.size();) {
    size_t end = std::min(left.find(',', begin), left.size());
    auto side = parseSide(left.substr(begin, end - begin));
    if (!side)
      return std::nullopt;
    pattern.inputs.push_back(*side);
    begin = end + 1;
  }
  auto side = parseSide(text.substr(arrow + 2));
  if (!side)
    return std::nullopt;
  pattern.output = *side;
  return pattern;
}
} // namespace

static const ast::StringExpr *literalText(const ArgIn &arg) {
  auto *text = arg.source ? arg.source->as<ast::StringExpr>() : nullptr;
  return text && text->isPlain() && !arg.name ? text : nullptr;
}

static bool hasPacks(const Shape &shape) {
  for (const ShapeElem &elem : shape)
    if (elem.pack)
      return true;
  return false;
}

// einsum("b h q e, b h k e -> b h q k", q, k): names are axes, one letter each in the node.
Expr *Checker::checkEinsum(std::vector<ArgIn> args, Loc loc) {
  auto *spec = args.empty() ? nullptr : literalText(args[0]);
  auto pattern = spec ? parsePattern(spec->plainText()) : std::nullopt;
  if (!pattern) {
    report(DiagKind::BadPatternText, spec ? spec->loc : loc,
           "`einsum` begins with a pattern such as \"b i k, b k j -> b i j\"");
    checkForErrors(args);
    return errorExpr(loc);
  }
  if (args.size() != pattern->inputs.size() + 1) {
    report(DiagKind::ArgCount, loc,
           "the pattern has " + std::to_string(pattern->inputs.size()) + " inputs, and " +
               std::to_string(args.size() - 1) + " tensors are given");
    checkForErrors(args);
    return errorExpr(loc);
  }
  auto *node = prim(loc, "nn.einsum", types_.error);
  std::map<std::string, std::pair<char, Dim>> letters;
  std::string text;
  const Type *first = nullptr;
  for (size_t i = 0; i < pattern->inputs.size(); ++i) {
    ArgIn &arg = args[i + 1];
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    const Type *type = value->type;
    if (type->is(Type::Kind::Error))
      return value;
    size_t rank = pattern->inputs[i].size();
    if (!type->is(Type::Kind::Tensor) || type->shape.size() != rank || hasPacks(type->shape)) {
      report(DiagKind::PatternMismatch, value->loc,
             "the pattern gives this tensor " + std::to_string(rank) + " axes, and it is " +
                 type->str());
      return errorExpr(loc);
    }
    if (first && type->dtype != first->dtype) {
      report(DiagKind::DTypeMismatch, value->loc,
             "`einsum` takes tensors of one dtype, not " + first->str() + " and " + type->str());
      return errorExpr(loc);
    }
    first = first ? first : type;
    text += i ? "," : "";
    for (size_t axis = 0; axis < rank; ++axis) {
      if (pattern->inputs[i][axis].size() != 1) {
        report(DiagKind::BadPatternText, spec->loc, "`einsum` has no groups in parentheses")
            .help("use `rearrange`");
        return errorExpr(loc);
      }
      const std::string &name = pattern->inputs[i][axis][0];
      const Dim &dim = type->shape[axis].dim;
      auto [it, isNew] = letters.emplace(
          name,
          std::make_pair(
              char(letters.size() < 26 ? 'a' + letters.size() : 'A' + letters.size() - 26), dim));
      std::vector<DimFact> leftOver;
      if (!isNew && !dimsEqual(it->second.second, dim, &leftOver)) {
        report(DiagKind::PatternMismatch, value->loc,
               "axis `" + name + "` of the pattern is " + it->second.second.str() + " before and " +
                   dim.str() + " here")
            .also(spec->loc, "the pattern");
        return errorExpr(loc);
      }
      for (DimFact &fact : leftOver)
        noteRuntimeFact(fact);
      text += it->second.first;
    }
    node->args.push_back({value, false});
    node->axisNames.push_back(namesOf(pattern->inputs[i]));
  }
  node->axisNames.push_back(namesOf(pattern->output));
  Shape shape;
  text += "->";
  std::set<std::string> seen;
  for (auto &group : pattern->output) {
    auto it = group.size() == 1 ? letters.find(group[0]) : letters.end();
    if (it == letters.end() || !seen.insert(group[0]).second) {
      report(DiagKind::BadPatternText, spec->loc,
             "the result of the pattern names axes of its inputs, each once");
      return errorExpr(loc);
    }
    text += it->second.first;
    ShapeElem elem;
    elem.dim = it->second.second;
    shape.push_back(elem);
  }
  node->strs.push_back(text);
  node->type = types_.tensor(first->dtype, shape);
  return node;
}

// rearrange(x, "b t (n h e) -> n b h t e", n: 3, h: H): a reshape, a transpose and a reshape.
Expr *Checker::checkRearrange(std::vector<ArgIn> args, Loc loc) {
  const ast::StringExpr *spec = nullptr;
  Expr *x = nullptr;
  std::map<std::string, Dim> sizes;
  for (ArgIn &arg : args) {
    if (!spec && (spec = literalText(arg)))
      continue;
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return value;
    if (!arg.name && !x) {
      x = value;
      continue;
    }
    auto dim = dimOf(value);
    if (!arg.name || !dim) {
      report(DiagKind::BadArg, arg.loc,
             "`rearrange` takes a tensor, a pattern and sizes of axes: `n: 3`");
      return errorExpr(loc);
    }
    sizes[arg.name.text] = *dim;
  }
  auto pattern = spec ? parsePattern(spec->plainText()) : std::nullopt;
  if (!x || !pattern || pattern->inputs.size() != 1) {
    report(DiagKind::BadPatternText, spec ? spec->loc : loc,
           "`rearrange` takes a tensor and a pattern such as \"b (h w) -> b h w\"");
    return errorExpr(loc);
  }
  const AxisGroups &input = pattern->inputs[0];
  if (!x->type->is(Type::Kind::Tensor) || x->type->shape.size() != input.size() ||
      hasPacks(x->type->shape)) {
    report(DiagKind::PatternMismatch, x->loc,
           "the pattern gives this tensor " + std::to_string(input.size()) + " axes, and it is " +
               x->type->str());
    return errorExpr(loc);
  }
  Shape split;
  std::vector<std::string> order;
  for (size_t axis = 0; axis < input.size(); ++axis) {
    const Dim &whole = x->type->shape[axis].dim;
    Dim known(1);
    const std::string *unknown = nullptr;
    for (const std::string &name : input[axis]) {
      if (std::find(order.begin(), order.end(), name) != order.end()) {
        report(DiagKind::BadPatternText, spec->loc,
               "`" + name + "` stands twice on one side of the pattern");
        return errorExpr(loc);
      }
      order.push_back(name);
      if (sizes.count(name)) {
        known = known * sizes[name];
      } else if (!unknown) {
        unknown = &name;
      } else {
        report(DiagKind::BadPatternText, spec->loc,
               "the size of `" + name + "` or `" + *unknown + "` must be given: `" + name + ": 2`");
        return errorExpr(loc);
      }
    }
    if (unknown)
      sizes[*unknown] = Dim::floorDiv(whole, known);
    std::vector<DimFact> leftOver;
    Dim product = unknown ? sizes[*unknown] * known : known;
    if (!dimsEqual(product, whole, &leftOver)) {
      report(DiagKind::PatternMismatch, spec->loc,
             "the pattern makes parts of an axis of " + whole.str() +
                 " that do not fill it: " + product.str())
          .also(x->loc, "is " + x->type->str());
      return errorExpr(loc);
    }
    for (DimFact &fact : leftOver) {
      fact.loc = loc;
      noteRuntimeFact(fact);
    }
    for (const std::string &name : input[axis]) {
      ShapeElem elem;
      elem.dim = sizes[name];
      split.push_back(elem);
    }
  }
  std::vector<int64_t> permutation;
  Shape permuted, result;
  for (auto &group : pattern->output) {
    ShapeElem merged;
    merged.dim = Dim(1);
    for (const std::string &name : group) {
      auto at = std::find(order.begin(), order.end(), name);
      if (at == order.end() || std::find(permutation.begin(), permutation.end(),
                                         at - order.begin()) != permutation.end()) {
        report(DiagKind::BadPatternText, spec->loc,
               at == order.end() ? "`" + name + "` stands only on the right of the pattern"
                                 : "`" + name + "` stands twice on one side of the pattern");
        return errorExpr(loc);
      }
      permutation.push_back(at - order.begin());
      permuted.push_back(split[size_t(at - order.begin())]);
      merged.dim = merged.dim * permuted.back().dim;
    }
    result.push_back(merged);
  }
  if (permutation.size() != order.size()) {
    report(DiagKind::BadPatternText, spec->loc,
           "every axis on the left of the pattern stands on its right, too");
    return errorExpr(loc);
  }
  // Each step knows the names of the axes that it is given and gives, where these are single.
  DType dtype = x->type->dtype;
  Expr *value = x;
  auto step = [&](const char *op, const Shape &shape) {
    Prim *node = prim(loc, op, types_.tensor(dtype, shape), {value});
    node->axisNames = {value == x ? namesOf(input) : AxisNames(),
                       shape == result ? namesOf(pattern->output) : AxisNames()};
    value = node;
    return node;
  };
  if (!(split == x->type->shape))
    step("nn.reshape", split);
  if (!std::is_sorted(permutation.begin(), permutation.end()))
    step("nn.transpose", permuted)->ints = permutation;
  if (!(permuted == result))
    step("nn.reshape", result);
  return value;
}

Expr *Checker::checkConcat(const std::string &name, std::vector<ArgIn> args, Loc loc) {
  auto *node = prim(loc, name == "concat" ? "nn.concat" : "stack", types_.error);
  const ast::Expr *axisSource = nullptr;
  for (ArgIn &arg : args) {
    if (arg.name.text == "axis") {
      axisSource = arg.source;
      continue;
    }
    Expr *value = arg.typed ? arg.typed : check(arg.source);
    if (value->type->is(Type::Kind::Error))
      return value;
    if (!value->type->is(Type::Kind::Tensor) || arg.name) {
      report(DiagKind::TypeMismatch, value->loc,
             "`" + name + "` takes tensors and an axis, not " + value->type->str());
      return errorExpr(loc);
    }
    node->args.push_back({value, false});
  }
  if (node->args.empty()) {
    report(DiagKind::ArgCount, loc, "`" + name + "` takes tensors and an axis");
    return errorExpr(loc);
  }
  const Type *first = node->args[0].value->type;
  std::vector<int64_t> axes;
  bool isStack = name == "stack";
  Shape probe = first->shape;
  if (isStack)
    probe.insert(probe.begin(), ShapeElem());
  if (!axisSource)
    axes.push_back(0);
  else if (!axesOf(axisSource, isStack ? types_.tensor(first->dtype, probe) : first, axes, loc))
    return errorExpr(loc);
  if (axes.size() != 1 || (!isStack && first->shape.empty())) {
    report(DiagKind::BadAxis, loc, "`" + name + "` takes one axis");
    return errorExpr(loc);
  }
  size_t at = size_t(axisIndex(probe, axes[0]));
  Shape shape = first->shape;
  for (size_t i = 1; i < node->args.size(); ++i) {
    const Type *type = node->args[i].value->type;
    bool fits = type->dtype == first->dtype && type->shape.size() == first->shape.size();
    for (size_t k = 0; fits && k < shape.size(); ++k) {
      if (!isStack && k == at && !shape[k].pack && !type->shape[k].pack) {
        shape[k].dim = shape[k].dim + type->shape[k].dim;
        continue;
      }
      std::vector<DimFact> leftOver;
      fits = shape[k].pack == type->shape[k].pack &&
             (shape[k].pack || dimsEqual(shape[k].dim, type->shape[k].dim, &leftOver));
      for (DimFact &fact : leftOver)
        noteRuntimeFact(fact);
    }
    if (!fits) {
      report(DiagKind::ConcatMismatch, node->args[i].value->loc,
             "`" + name + "` joins tensors that agree " +
                 (isStack ? "in shape" : "in all other axes") + ", not " + first->str() + " and " +
                 type->str())
          .also(node->args[0].value->loc, "is " + first->str());
      return errorExpr(loc);
    }
  }
  if (isStack) {
    ShapeElem count;
    count.dim = Dim(int64_t(node->args.size()));
    shape.insert(shape.begin() + at, count);
  }
  node->ints = axes;
  node->type = types_.tensor(first->dtype, shape);
  return node;
}

} // namespace nnc::sema
