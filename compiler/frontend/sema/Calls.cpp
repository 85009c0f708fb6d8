// Calls of declared functions: what the generics stand for, and the node that comes out.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

static void openGenerics(const std::vector<GenericEntry> &generics, CallState &call) {
  for (const GenericEntry &entry : generics) {
    if (entry.dim)
      call.openDims.insert(entry.dim);
    if (entry.pack)
      call.openPacks.insert(entry.pack);
    if (entry.type)
      call.openTypes.insert(entry.type);
  }
}

Expr *Checker::callFn(FnDecl *fn, Expr *self, const ast::Expr *selfSource,
                      const std::vector<GenericArg> *generics, std::vector<ArgIn> args, Loc loc,
                      const ast::Ident &name, const Type *expected, const Type *ownerType) {
  resolve(*fn);
  CallState call;
  call.fn = fn;
  call.loc = loc;
  call.nameLoc = name.loc;
  call.shown = name.text;
  call.expected = expected;
  call.args.resize(fn->params.size());
  call.sources.resize(fn->params.size());
  call.axes.resize(fn->params.size());
  openGenerics(fn->generics, call);
  if (fn->owner)
    openGenerics(fn->owner->generics, call);
  if (self || ownerType) {
    std::vector<const Type *> typeArgs;
    for (const GenericEntry &entry : fn->owner->generics)
      if (entry.type)
        typeArgs.push_back(types_.param(entry.type));
    unify(selfTypeOf(*fn->owner, typeArgs), self ? self->type : ownerType, call);
  }
  if (self && fn->hasSelf()) {
    bool byRef = fn->params[0].byRef;
    if (byRef && !isUpdatable(self, true, selfSource ? selfSource->loc : name.loc))
      return errorExpr(loc);
    // State may move during the call where the model is reached through something that can be
    // updated.
    byRef |= hasState(self->type) && isUpdatable(self, false, loc);
    call.args[0] = {self, byRef};
    call.sources[0] = selfSource;
  }
  if (generics) {
    std::vector<GenericEntry> wanted;
    for (const GenericEntry &entry : fn->generics)
      if (!entry.inParams)
        wanted.push_back(entry);
    bool onlyFree = !wanted.empty();
    if (!bindGenericArgs(onlyFree ? wanted : fn->generics, *generics, call.subst, call.shown, loc,
                         onlyFree, /*dtypesMayLack=*/true))
      return errorExpr(loc);
    for (auto &entry : wanted)
      if (entry.pack)
        call.subst.dims.packs[entry.pack];
  }
  call.shownSubst = call.subst;
  std::vector<ArgIn *> byParam;
  if (!matchArgs(call, args, byParam)) {
    checkForErrors(args);
    return errorExpr(loc);
  }
  // Values first, then literals (they adapt to what the others say), then functions, then axes.
  std::vector<unsigned> later[3];
  for (unsigned i = 0; i < byParam.size(); ++i) {
    if (!byParam[i])
      continue;
    ArgIn &arg = *byParam[i];
    call.sources[i] = arg.source;
    const ParamSig &param = fn->params[i];
    if (param.special == ParamSig::Special::Axis)
      later[2].push_back(i);
    else if (param.type && param.type->is(Type::Kind::Fn))
      later[1].push_back(i);
    else if (adaptsLater(call, param, arg))
      later[0].push_back(i);
    else
      checkArg(call, i, arg);
  }
  for (auto &round : later)
    for (unsigned i : round)
      checkArg(call, i, *byParam[i]);
  if (call.failed)
    return errorExpr(loc);
  for (unsigned i = 0; i < fn->params.size(); ++i)
    if (!call.args[i].value && fn->params[i].defaultValue && call.axes[i].empty())
      fillDefault(call, i, self);
  if (!checkExclusive(call.args, call.sources))
    return errorExpr(loc);
  return call.failed ? errorExpr(loc) : finishCall(call);
}

// A body that ends with a statement, or with a call for its own sake.
static bool seemsToGiveNothing(const ast::Block &body) {
  if (body.stmts.empty() || !body.hasBraces)
    return body.hasBraces;
  const ast::Stmt *last = body.stmts.back();
  if (auto *value = last->as<ast::ExprStmt>()) {
    auto *branch = value->expr->as<ast::IfExpr>();
    if (branch)
      return !branch->otherwise && seemsToGiveNothing(*branch->branches[0].body);
    return body.stmts.size() > 1 && value->expr->is<ast::CallExpr>();
  }
  auto *result = last->as<ast::ReturnStmt>();
  return !result || !result->value;
}

void Checker::reportRecursiveResult(const FnDecl &fn) {
  report(DiagKind::RecursiveResult, fn.node->name.loc,
         "`" + fn.node->name.text + "` calls itself, so its result type must be written")
      .help("write `-> T` before the body, or `-> ()` if it gives nothing");
}

Expr *Checker::finishCall(CallState &call) {
  FnDecl &fn = *call.fn;
  if (call.overTrees)
    return isElementwise(fn) ? elementwise(call, false) : callOnLeaves(call);
  if (!solvePending(call)) {
    auto &diag = report(DiagKind::ShapeMismatch, call.loc,
                        "the shapes of the arguments of `" + call.shown + "` do not agree");
    for (unsigned i = 0; i < call.args.size(); ++i)
      if (call.args[i].value && fn.params[i].type && fn.params[i].type->is(Type::Kind::Tensor))
        diag.note("`" + fn.params[i].name + "` takes " + shownParam(call, i) + " and is " +
                  call.args[i].value->type->str());
    return errorExpr(call.loc);
  }
  const Type *result = fn.result;
  if (result && call.expected && !isOpen(call.expected) && !isClosed(result, call)) {
    Subst before = call.subst;
    if (!unify(result, call.expected, call))
      call.subst = before;
    solvePending(call);
  }
  for (const std::vector<GenericEntry> *generics :
       {fn.owner ? &fn.owner->generics : nullptr, &fn.generics})
    if (generics)
      for (const GenericEntry &entry : *generics) {
        bool known = entry.dim    ? call.subst.dims.dims.count(entry.dim)
                     : entry.pack ? call.subst.dims.packs.count(entry.pack)
                                  : call.subst.types.count(entry.type);
        if (known)
          continue;
        if (entry.type && entry.type->kind == TypeParam::Kind::DType) {
          call.subst.types[entry.type] = f32();
          continue;
        }
        report(DiagKind::CannotInfer, call.loc,
               "nothing here says what `" + entry.node->name.text + "` of `" + call.shown + "` is")
            .also(entry.node->loc, "declared here")
            .help("write it in brackets: `" + call.shown + "[..]`");
        return errorExpr(call.loc);
      }
  // New variables for the sizes that only the result knows, and what is known of them.
  if (fn.result)
    for (const DimVar *dim : freshDims(fn.result))
      call.subst.dims.dims[dim] = Dim(newDim(dim->name, dim->loc, DimVar::Kind::Fresh));
  checkCallFacts(fn.facts, call.subst.dims, call.loc, call.shown);
  for (const DimFact &fact : fn.resultFacts)
    facts_.assume(substitute(fact.lhs, call.subst.dims), fact.op,
                  substitute(fact.rhs, call.subst.dims), nextId_);
  for (DimFact &fact : call.leftOver) {
    fact.loc = call.loc;
    noteRuntimeFact(fact);
  }
  if (fn.isPrim)
    return finishPrim(call);
  FnInstance *instance = instanceOf(call);
  if (frame_ && frame_->fn)
    bodies_[frame_->fn].callees.insert(instance);
  if (!instance->result) {
    if (bodies_[instance].state == 1 && seemsToGiveNothing(*fn.node->body)) {
      instance->result = types_.unit; // which checkBody compares with what is found
    } else if (bodies_[instance].state == 1) {
      reportRecursiveResult(fn);
      return errorExpr(call.loc);
    }
  }
  if (!instance->result) {
    if (bodyNesting_ >= kMaxNesting) {
      report(DiagKind::MissingType, fn.node->name.loc,
             "the result type of `" + fn.node->name.text +
                 "` must be written: it is found only through very many other functions");
      return errorExpr(call.loc);
    }
    ++bodyNesting_;
    checkBody(instance);
    --bodyNesting_;
    if (!instance->result)
      return errorExpr(call.loc);
  }
  for (unsigned i = 0; i < call.args.size(); ++i)
    if (call.args[i].byRef) {
      const Var *param = instance->params[i];
      if (param->resizes && !bodies_[instance].state && bodyNesting_ < kMaxNesting) {
        ++bodyNesting_; // does it take another size?
        checkBody(instance);
        --bodyNesting_;
      }
      bool resized = param->resizes && (param->resized || bodies_[instance].state != 2);
      if (!handOver(call.args[i].value, param, resized, call.shown))
        return errorExpr(call.loc);
    }
  Subst subst = call.subst;
  std::set<const DimVar *> own(instance->dims.begin(), instance->dims.end());
  for (const DimVar *dim : freshDims(instance->result))
    if (!own.count(dim) && !subst.dims.dims.count(dim))
      subst.dims.dims[dim] = Dim(newDim(dim->name, dim->loc, DimVar::Kind::Fresh));
  auto *node = make<Call>(call.loc, substType(instance->result, subst));
  node->fn = instance;
  node->args = call.args;
  for (unsigned i = 0; i < node->args.size(); ++i)
    if (fn.params[i].special == ParamSig::Special::Axis)
      node->args[i].value = intLit(call.loc, call.axes[i].empty() ? 0 : call.axes[i][0]);
  for (const DimVar *dim : instance->dims) {
    auto found = call.subst.dims.dims.find(dim);
    node->binds.dims[dim] = found == call.subst.dims.dims.end() ? Dim(dim) : found->second;
  }
  for (const ParamSig &param : fn.params)
    if (param.dim)
      node->binds.dims[param.dim] = call.subst.dims.dims[param.dim];
  for (const PackVar *pack : instance->packs)
    if (auto found = call.subst.dims.packs.find(pack); found != call.subst.dims.packs.end()) {
      node->binds.packs[pack] = found->second;
    } else { // one of the function around
      ShapeElem elem;
      elem.pack = pack;
      node->binds.packs[pack] = {elem};
    }
  if (fn.hasRule())
    node->rule = customRule(*node, fn);
  return node;
}

Expr *Checker::pipe(const ast::PipeExpr *expr, const Type *expected) {
  Expr *value = check(expr->value);
  if (value->type->is(Type::Kind::Error))
    return value;
  ArgIn first = typedArg(value, expr->value);
  PipeStage stage{expr, pipeStage_};
  pipeStage_ = &stage;
  Expr *result;
  auto *call = expr->target->as<ast::CallExpr>();
  if (call && !call->inParens) {
    std::vector<ArgIn> args = argsOf(call);
    args.insert(args.begin(), first);
    result = callWith(call->callee, std::move(args), expr->loc, expected);
  } else {
    result = callWith(expr->target, {first}, expr->loc, expected);
  }
  pipeStage_ = stage.outer;
  return result;
}

} // namespace nnc::sema
