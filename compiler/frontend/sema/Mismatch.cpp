// The messages of arguments that do not fit: both types, where each came from, what was probably
// meant.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// What a parameter takes, as the caller sees it: the callee's open packs are `..`.
std::string Checker::shownParam(const CallState &call, unsigned index) {
  static const PackVar anonymous;
  Subst subst = call.shownSubst;
  for (const PackVar *pack : call.openPacks)
    if (auto found = call.subst.dims.packs.find(pack); found != call.subst.dims.packs.end()) {
      subst.dims.packs[pack] = found->second; // an argument before this one said it
    } else if (!subst.dims.packs.count(pack)) {
      ShapeElem elem;
      elem.pack = &anonymous;
      subst.dims.packs[pack] = {elem};
    }
  return substType(call.fn->params[index].type, subst)->str();
}

static unsigned paramCount(const FnDecl &fn) {
  return unsigned(fn.params.size()) - (fn.hasSelf() ? 1 : 0);
}

void Checker::reportArgMismatch(CallState &call, unsigned index, const ArgIn &arg, Expr *value) {
  const ParamSig &param = call.fn->params[index];
  std::string wanted = shownParam(call, index), given = value->type->str();
  bool tensors = param.type->is(Type::Kind::Tensor) && value->type->is(Type::Kind::Tensor);
  bool dtypes = tensors && param.type->dtype != value->type->dtype && !param.type->dtypeParam;
  // A dtype that an argument before this one decided.
  if (auto found = call.subst.types.find(param.type->dtypeParam);
      tensors && found != call.subst.types.end() && found->second->is(Type::Kind::Tensor) &&
      found->second->dtype != value->type->dtype) {
    dtypes = true;
    const std::string &name = param.type->dtypeParam->name;
    if (wanted.rfind(name + "[", 0) == 0 || wanted == name)
      wanted = spelling(found->second->dtype) + wanted.substr(name.size());
  }
  if (param.type->is(Type::Kind::Param) && param.type->param->kind == TypeParam::Kind::Model)
    wanted = "a model";
  std::string what = "`" + call.shown + "` takes " + wanted;
  if (paramCount(*call.fn) > 1)
    what += " as `" + param.name + "`";
  bool isName = arg.source && (arg.source->is<ast::NameExpr>() || arg.source->is<ast::FieldExpr>());
  bool inPipe = arg.typed && pipeStage_ && pipeStage_->expr->value == arg.source;
  std::string shownArg =
      inPipe && !isName ? "the value before it" : quoted(arg.source, "the argument");
  auto &diag = report(dtypes    ? DiagKind::DTypeMismatch
                      : tensors ? DiagKind::ShapeMismatch
                                : DiagKind::TypeMismatch,
                      inPipe ? call.nameLoc : arg.loc, what + ", but " + shownArg + " is " + given);
  if (inPipe) {
    diag.label("takes " + wanted);
    Loc declared = arg.loc;
    if (value->kind == ExprKind::VarRef)
      declared = as<VarRef>(*value).var->loc;
    diag.also(declared, shownArg + " is " + given);
  } else {
    diag.label("is " + given);
    if (call.fn->module && !call.fn->module->isLibrary)
      diag.also(param.loc, "takes " + wanted);
  }
  if (wanted == "a model" && value->type->is(Type::Kind::Tuple))
    diag.note("a tuple is a model where its members are models or functions, and one is a model: "
              "here is nothing that can be trained");
  if (dtypes && !param.type->shape.size())
    diag.help(std::string("convert it: `") + spelling(param.type->dtype) + "(..)`");
  if (!tensors || dtypes)
    return;
  Subst subst = call.shownSubst;
  explainDims(diag, substType(param.type, subst), value->type);
  std::string order = inPipe ? suggestPipeOrder(call.nameLoc, value->type) : "";
  if (!order.empty())
    diag.help(order);
}

namespace {
// Finds the places in a file that give a model its dims: `MLP[784, 256, 10]`.
struct InstanceFinder {
  const std::string &name;
  const ast::IndexExpr *found = nullptr;

  void in(const ast::Expr *expr) {
    if (!expr || found)
      return;
    if (auto *index = expr->as<ast::IndexExpr>()) {
      auto *base = index->base->as<ast::NameExpr>();
      bool constant = !index->indices.empty();
      for (auto &entry : index->indices)
        constant &= entry.form == ast::Index::Value && entry.value->is<ast::IntExpr>();
      if (base && base->name.text == name && constant)
        found = index;
      else
        in(index->base);
    } else if (auto *call = expr->as<ast::CallExpr>()) {
      in(call->callee);
      for (auto &arg : call->args)
        in(arg.value);
    } else if (auto *field = expr->as<ast::FieldExpr>()) {
      in(field->base);
    } else if (auto *tuple = expr->as<ast::TupleExpr>()) {
      for (auto *element : tuple->elements)
        in(element);
    }
  }
};
} // namespace

// Two dims of one model that were mixed up: says so, and which values they have where it is built.
void Checker::explainDims(Diagnostic &diag, const Type *wanted, const Type *given) {
  if (wanted->shape.empty() || given->shape.empty())
    return;
  for (size_t back = 1; back <= std::min(wanted->shape.size(), given->shape.size()); ++back) {
    const ShapeElem &w = wanted->shape[wanted->shape.size() - back],
                    &g = given->shape[given->shape.size() - back];
    if (w.pack || g.pack)
      return;
    const DimVar *a = g.dim.asVar(), *b = w.dim.asVar();
    if (w.dim == g.dim || !a || !b)
      continue;
    const StructDecl *owner = frame_->selfType ? frame_->selfType->decl : nullptr;
    int indexA = -1, indexB = -1;
    for (size_t i = 0; owner && i < owner->generics.size(); ++i) {
      indexA = owner->generics[i].dim == a ? int(i) : indexA;
      indexB = owner->generics[i].dim == b ? int(i) : indexB;
    }
    if (a->name == b->name || a->name == kNameless || b->name == kNameless) {
      if (a->kind == DimVar::Kind::Fresh && b->kind == DimVar::Kind::Fresh)
        diag.note("data decides both sizes; where they are one, say so before: "
                  "`assume a.shape[" +
                  std::to_string(given->shape.size() - back) + "] == b.shape[" +
                  std::to_string(wanted->shape.size() - back) + "]`");
      return;
    }
    std::string both = a->name + " and " + b->name + " are different dims";
    if (indexA < 0 || indexB < 0) {
      diag.note(both + ": two names are two sizes unless a `where` says otherwise");
      return;
    }
    const std::string &name = owner->node->name.text;
    InstanceFinder finder{name};
    for (auto &[path, module] : modules_)
      if (module->isProgram)
        for (const ast::Stmt *stmt : module->file->stmts)
          if (auto *let = stmt->as<ast::LetStmt>())
            finder.in(let->value);
    std::string text = both + " of `" + name + "`";
    if (!finder.found || size_t(std::max(indexA, indexB)) >= finder.found->indices.size()) {
      diag.note(text);
      return;
    }
    auto value = [&](int index) {
      return std::to_string(finder.found->indices[index].value->as<ast::IntExpr>()->value);
    };
    diag.note(text + "; they are " + value(indexA) + " and " + value(indexB) + " at `" +
                  this->text(finder.found->loc) + "`",
              finder.found->loc);
    return;
  }
}

// When a stage of a pipe does not fit and a later one would, the two were probably swapped.
std::string Checker::suggestPipeOrder(Loc stage, const Type *given) {
  if (!frame_->selfType)
    return "";
  std::vector<const ast::PipeExpr *> chain;
  const ast::PipeExpr *outermost = pipeStage_->expr;
  for (PipeStage *outer = pipeStage_; outer; outer = outer->outer)
    outermost = outer->expr;
  if (const ast::Expr *root = pipeRoot_)
    if (auto *pipe = root->as<ast::PipeExpr>())
      outermost = pipe;
  for (const ast::Expr *at = outermost; at;
       at = at->as<ast::PipeExpr>() ? at->as<ast::PipeExpr>()->value : nullptr)
    if (auto *pipe = at->as<ast::PipeExpr>())
      chain.insert(chain.begin(), pipe);
  if (chain.empty())
    return "";
  std::vector<std::string> parts{text(chain[0]->value->loc)};
  int wrong = -1, better = -1;
  std::string takes;
  for (size_t i = 0; i < chain.size(); ++i) {
    parts.push_back(text(chain[i]->target->loc));
    auto *name = chain[i]->target->as<ast::NameExpr>();
    if (chain[i]->target->loc == stage)
      wrong = int(i);
    int index = name ? fieldIndex(frame_->selfType, name->name.text) : -1;
    if (wrong < 0 || int(i) == wrong || better >= 0 || index < 0)
      continue;
    FnDecl *call = methodOf(fieldType(frame_->selfType, unsigned(index)), "call");
    if (!call || call->params.size() != 2 || !call->params[1].type)
      continue;
    CallState trial;
    trial.fn = call;
    for (const GenericEntry &entry : call->generics) {
      if (entry.pack)
        trial.openPacks.insert(entry.pack);
      if (entry.dim)
        trial.openDims.insert(entry.dim);
    }
    trial.subst.dims = fieldType(frame_->selfType, unsigned(index))->binds;
    trial.shownSubst = trial.subst;
    std::string shown = shownParam(trial, 1);
    if (unify(substType(call->params[1].type, trial.subst), given, trial)) {
      better = int(i);
      takes = shown;
    }
  }
  if (wrong < 0 || better < 0)
    return "";
  std::string name = parts[better + 1];
  std::swap(parts[wrong + 1], parts[better + 1]);
  std::string order = parts[0];
  for (size_t i = 1; i < parts.size(); ++i)
    order += " |> " + parts[i];
  return "`" + name + "` takes " + takes + ": did you mean `" + order + "`?";
}

} // namespace nnc::sema
