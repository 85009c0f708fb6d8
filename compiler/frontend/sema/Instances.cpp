// Functions for certain type arguments, and the check of their bodies.
#include "compiler/frontend/sema/Checker.h"
#include <cstring>

namespace nnc::sema {

// Whether `value` is made of nothing but numbers as they are written; if so, `key` tells it apart.
bool Checker::isLiteral(const Expr *value, std::vector<const Type *> &key, unsigned depth) {
  constexpr unsigned kMostElements = 64, kDeepest = 16;
  auto add = [&](ExprKind kind, int64_t detail) {
    key.push_back(types_.array(types_.integer, Dim(int64_t(kind))));
    key.push_back(types_.array(types_.str, Dim(detail)));
  };
  if (depth > kDeepest)
    return false;
  switch (value->kind) {
  case ExprKind::Int:
    add(as<IntLit>(*value).isLarge ? ExprKind::None : value->kind, as<IntLit>(*value).value);
    return true;
  case ExprKind::Float: {
    int64_t bits;
    static_assert(sizeof bits == sizeof as<FloatLit>(*value).value, "a double has 64 bits");
    std::memcpy(&bits, &as<FloatLit>(*value).value, sizeof bits);
    add(value->kind, bits);
    return true;
  }
  case ExprKind::Unary:
    add(value->kind, int64_t(as<Unary>(*value).op));
    return isLiteral(as<Unary>(*value).value, key, depth + 1);
  case ExprKind::Binary:
    add(value->kind, int64_t(as<Binary>(*value).op));
    return isLiteral(as<Binary>(*value).lhs, key, depth + 1) &&
           isLiteral(as<Binary>(*value).rhs, key, depth + 1);
  case ExprKind::TensorLit: {
    auto &elems = as<TensorLit>(*value).elems;
    add(value->kind, int64_t(elems.size()));
    for (const Expr *elem : elems)
      if (elems.size() > kMostElements || !isLiteral(elem, key, depth + 1))
        return false;
    return true;
  }
  default:
    return false;
  }
}

bool Checker::isFloatLiteral(const Expr *value, std::vector<const Type *> &key) {
  size_t before = key.size();
  if (value->type->isFloat() && isAdaptable(value) && isLiteral(value, key))
    return true;
  key.resize(before);
  return false;
}

// A literal for a parameter without a type stays one in the body, where it adapts to what it meets.
// Not where the function calls itself: there it would be another literal each time.
bool Checker::staysLiteral(const CallState &call, unsigned index, std::vector<const Type *> &key) {
  bool callsItself = frame_ && frame_->fn && bodies_[frame_->fn].creators.count(call.fn);
  return !callsItself && !call.args[index].byRef && !call.fn->hasRule() &&
         isFloatLiteral(call.args[index].value, key);
}

// The instance that a call needs: one per type arguments, or one in all. Functions that are generic
// in types see the shapes of this call, so that axes and packs are known in their bodies.
FnInstance *Checker::instanceOf(CallState &call) {
  FnDecl &decl = *call.fn;
  std::vector<const Type *> key;
  std::map<std::string, Symbol> literals;
  std::vector<GenericEntry> generics;
  if (decl.owner)
    generics = decl.owner->generics;
  generics.insert(generics.end(), decl.generics.begin(), decl.generics.end());
  for (const GenericEntry &entry : generics) {
    if (entry.type)
      key.push_back(call.subst.types.count(entry.type) ? call.subst.types[entry.type]
                                                       : types_.error);
    if (entry.pack && decl.isGenericInTypes && call.subst.dims.packs.count(entry.pack))
      key.push_back(types_.tensor(DType::Bool, call.subst.dims.packs[entry.pack]));
  }
  for (size_t i = 0; i < decl.params.size(); ++i) {
    if (decl.params[i].special == ParamSig::Special::Axis)
      for (int64_t axis : call.axes[i])
        key.push_back(types_.array(types_.unit, Dim(axis)));
    if (decl.params[i].type || decl.params[i].special != ParamSig::Special::None)
      continue;
    bool isGiven = i < call.args.size() && call.args[i].value;
    key.push_back(isGiven ? call.args[i].value->type : types_.error);
    if (isGiven && staysLiteral(call, unsigned(i), key)) {
      Symbol &symbol = literals[decl.params[i].name];
      symbol.kind = Symbol::Kind::Alias;
      symbol.loc = decl.params[i].loc;
      symbol.alias = call.args[i].value;
    }
  }
  FnInstance *&slot = decl.instances[key];
  if (slot)
    return slot;
  FnInstance *fn = slot = arena_->make<FnInstance>();
  Pending &body = bodies_[fn];
  body.fn = fn;
  body.decl = &decl;
  body.made = call.loc;
  body.names = literals;
  if (decl.module->isLibrary && !module_->isLibrary)
    body.call = call.loc;
  if (frame_ && frame_->fn) {
    Pending &creator = bodies_[frame_->fn];
    body.creators = creator.creators;
    if (decl.module->isLibrary && module_->isLibrary)
      body.call = creator.call;
    body.depth = creator.depth + (body.creators.count(&decl) ? 1 : 0);
  }
  body.creators.insert(&decl);
  fn->name = (decl.owner ? decl.owner->node->name.text + "." : "") + decl.node->name.text;
  fn->loc = decl.node->name.loc;
  fn->isLibrary = decl.module->isLibrary;
  fn->checks = decl.facts;
  Subst subst; // types, and packs where they are fixed; dims stay symbolic
  std::set<const DimVar *> outer;
  std::set<const PackVar *> outerPacks;
  std::vector<const Type *> ownerArgs;
  for (const GenericEntry &entry : generics) {
    Symbol symbol;
    symbol.loc = entry.node->loc;
    if (entry.dim) {
      fn->dims.push_back(entry.dim);
      symbol.kind = Symbol::Kind::Dim;
      symbol.dim = Dim(entry.dim);
    } else if (entry.pack) {
      symbol.kind = Symbol::Kind::Pack;
      symbol.pack = entry.pack;
      auto found = call.subst.dims.packs.find(entry.pack);
      if (decl.isGenericInTypes && found != call.subst.dims.packs.end()) {
        symbol.hasShape = true;
        symbol.shape = found->second;
        subst.dims.packs[entry.pack] = found->second;
        freeDims(types_.tensor(DType::Bool, symbol.shape), outer);
        freePacks(types_.tensor(DType::Bool, symbol.shape), outerPacks);
      } else {
        fn->packs.push_back(const_cast<PackVar *>(entry.pack));
      }
    } else {
      symbol.kind = Symbol::Kind::Type;
      symbol.type =
          call.subst.types.count(entry.type) ? call.subst.types[entry.type] : types_.error;
      subst.types[entry.type] = symbol.type;
      freeDims(symbol.type, outer);
      freePacks(symbol.type, outerPacks);
    }
    body.names[entry.node->name.text] = symbol;
  }
  if (decl.owner) {
    for (const GenericEntry &entry : decl.owner->generics)
      if (entry.type)
        ownerArgs.push_back(subst.types[entry.type]);
    body.selfType = selfTypeOf(*decl.owner, ownerArgs);
  } else {
    body.selfType = nullptr;
  }
  for (size_t i = 0; i < decl.params.size(); ++i) {
    const ParamSig &sig = decl.params[i];
    const Type *type = sig.special == ParamSig::Special::Self ? body.selfType
                       : sig.type                             ? substType(sig.type, subst)
                                                              : call.args[i].value->type;
    if (!sig.type && sig.special == ParamSig::Special::None) {
      freeDims(type, outer);
      freePacks(type, outerPacks);
    }
    Var *var = newVar({sig.name, sig.loc}, type, sig.byRef);
    var->isRef = sig.byRef;
    std::set<const DimVar *> fresh;
    for (const GenericEntry &entry : decl.generics)
      if (entry.isFresh)
        fresh.insert(entry.dim);
    const Type *open =
        sig.byRef && sig.special == ParamSig::Special::None ? opened(type, &fresh) : nullptr;
    if (open) {
      var->resizes = true;
      var->type = open;
      paramSizes_[var] = type;
    }
    if (sig.special == ParamSig::Special::Self && hasState(type))
      var->isRef = true;
    if (sig.dim) {
      var->dim = sig.dim;
      sig.dim->var = var;
    }
    fn->params.push_back(var);
  }
  for (const DimVar *dim : outer)
    fn->dims.push_back(const_cast<DimVar *>(dim));
  for (const PackVar *pack : outerPacks)
    fn->packs.push_back(const_cast<PackVar *>(pack));
  fn->result = decl.node->name.text == "init" && decl.owner ? body.selfType
               : decl.result                                ? substType(decl.result, subst)
                                                            : nullptr;
  for (size_t i = 0; i < decl.params.size() && i < call.axes.size(); ++i)
    if (decl.params[i].special == ParamSig::Special::Axis) {
      Symbol symbol;
      symbol.kind = Symbol::Kind::Axis;
      symbol.loc = decl.params[i].loc;
      symbol.axes = call.axes[i];
      body.names[decl.params[i].name] = symbol;
    }
  work_.push_back(fn);
  return fn;
}

void Checker::checkBody(FnInstance *fn) {
  Pending &body = bodies_[fn];
  if (body.state)
    return;
  body.state = 1;
  FnDecl &decl = *body.decl;
  if (!decl.node->body || body.depth > kMaxDepth) {
    fn->result = fn->result ? fn->result : types_.error;
    if (decl.node->body)
      report(DiagKind::EndlessTypes, fn->loc,
             "`" + fn->name + "` calls itself with ever new types");
    return;
  }
  Saved saved(*this);
  Sizes now = std::exchange(now_, {}); // it sees no variables of the place that calls it
  Flow *flow = std::exchange(flow_, nullptr);
  auto unnamed = std::exchange(unnamed_, {});
  auto handedOver = std::exchange(handedOver_, {});
  checkBodyIn(fn, decl);
  now_ = std::move(now);
  flow_ = flow;
  unnamed_ = unnamed;
  handedOver_ = handedOver;
}

void Checker::checkBodyIn(FnInstance *fn, FnDecl &decl) {
  Pending &body = bodies_[fn];
  Frame frame;
  frame.fn = fn;
  block_ = nullptr;
  frame.decl = &decl;
  frame.selfType = body.selfType;
  frame.isInit = decl.owner && decl.node->name.text == "init";
  frame_ = &frame;
  module_ = decl.module;
  scope_ = decl.module->scope;
  openScope();
  scope_->names = body.names;
  facts_ = Facts();
  for (const DimFact &fact : decl.facts)
    facts_.assume(fact.lhs, fact.op, fact.rhs, nextId_);
  if (decl.owner)
    for (const DimFact &fact : decl.owner->facts)
      facts_.assume(fact.lhs, fact.op, fact.rhs, nextId_);
  openScope();
  for (size_t i = 0; i < fn->params.size(); ++i) {
    auto named = body.names.find(decl.params[i].name);
    if (decl.params[i].special == ParamSig::Special::Axis ||
        (named != body.names.end() && named->second.kind == Symbol::Kind::Alias))
      continue;
    defineVar(fn->params[i]);
    if (fn->params[i]->resizes)
      now_[fn->params[i]] = {paramSizes_[fn->params[i]], nextId_++};
    if (decl.params[i].special == ParamSig::Special::Self)
      frame.self = fn->params[i];
  }
  if (frame.isInit)
    return checkInit(fn, body.selfType);
  const Type *wanted = fn->result;
  frame.result = wanted;
  bool wantValue = !wanted || !wanted->is(Type::Kind::Unit);
  Block *block = checkBlock(decl.node->body, expectedResult(wanted), wantValue);
  if (wanted) {
    if (wantValue)
      finishResult(block, wanted, decl.node->result ? decl.node->result->loc : fn->loc,
                   decl.node->body->loc);
  } else {
    const Type *type = block->result    ? block->result->type
                       : frame.returned ? types_.never
                                        : types_.unit;
    if (frame.returned && type->is(Type::Kind::Never))
      type = frame.returned;
    if (fn->result && !type->is(Type::Kind::Unit) && !type->is(Type::Kind::Never) &&
        !type->is(Type::Kind::Error)) // a call of it was thought to give nothing
      reportRecursiveResult(decl);
    fn->result = type;
  }
  fn->body = block;
  bodies_[fn].state = 2;
}

// What the result's type says about the expressions that make it: nothing of the sizes that they
// decide.
const Type *Checker::expectedResult(const Type *wanted) {
  if (!wanted || freshDims(wanted).empty())
    return wanted;
  std::set<const DimVar *> dims;
  for (const DimVar *dim : freshDims(wanted))
    if (!frame_->isClosure || dim->ofSignature)
      dims.insert(dim);
  const Type *open = opened(wanted, &dims);
  return open || wanted->is(Type::Kind::Tuple) ? open : wanted;
}

// What a function gives. `?K` in its result type is the size found there, for which the facts of
// the result must hold.
Expr *Checker::coerceResult(Expr *value, const Type *wanted, Loc declared) {
  CallState match;
  for (const DimVar *dim : freshDims(wanted))
    if (!frame_->isClosure || dim->ofSignature) // else it is the size of a value around
      match.openDims.insert(dim);
  const Type *now = nullptr;
  if (const Type *open = opened(wanted, &match.openDims))
    if (Expr *fitting = fitOpen(value, open, now))
      value = fitting;
  if (match.openDims.empty() || same(value->type, wanted) || !unify(wanted, value->type, match) ||
      !solvePending(match))
    return coerce(value, wanted, "the result", declared);
  Expr *result = coerce(value, substType(wanted, match.subst), "the result", declared);
  if (!frame_->decl || result->type->is(Type::Kind::Error))
    return result;
  const std::vector<DimFact> &facts = frame_->decl->resultFacts;
  checkCallFacts(facts, match.subst.dims, value->loc, frame_->decl->node->name.text);
  // What is open is checked when running, once the value and with it its sizes are there.
  auto *block = make<Block>(value->loc, result->type);
  Var *var = nameIn(*block, "result", result);
  for (const DimFact &fact : facts) {
    auto *check = makeStmt<AssumeStmt>(value->loc);
    check->fact = fact;
    check->fact.lhs = substitute(fact.lhs, match.subst.dims);
    check->fact.rhs = substitute(fact.rhs, match.subst.dims);
    check->fact.loc = value->loc;
    if (facts_.prove(check->fact.lhs, fact.op, check->fact.rhs) == Proof::Open)
      block->stmts.push_back(check);
  }
  if (block->stmts.size() == 1)
    return result;
  block->result = varRef(value->loc, var);
  return block;
}

// The value of a body must be of the declared type.
void Checker::finishResult(Block *block, const Type *wanted, Loc declared, Loc bodyLoc) {
  if (block->result) {
    block->result = coerceResult(block->result, wanted, declared);
    return;
  }
  if (block->type->is(Type::Kind::Never) || block->type->is(Type::Kind::Error))
    return;
  report(DiagKind::MissingResult, Loc{bodyLoc.file, bodyLoc.end ? bodyLoc.end - 1 : 0, bodyLoc.end},
         "the body ends without a value, and " + wanted->str() + " is needed")
      .also(declared, "declared here");
}

// `fn init(..)` makes self: first the fields that have initialisers, then what its body assigns.
void Checker::checkInit(FnInstance *fn, const Type *selfType) {
  auto *make = this->make<Construct>(fn->loc, selfType);
  StructInfo *info = const_cast<StructInfo *>(selfType->structInfo);
  for (size_t i = 0; i < info->fields.size(); ++i) {
    const Type *type = fieldType(selfType, unsigned(i));
    make->fields.push_back(info->fields[i].init ? nullptr : prim(fn->loc, "unset", type));
  }
  if (Symbol *rng = find("rng");
      rng && rng->kind == Symbol::Kind::Var && rng->var->type->is(Type::Kind::Rng))
    make->rng = varRef(fn->loc, rng->var);
  Var *self = newVar({"self", fn->loc}, selfType, true);
  frame_->self = self;
  frame_->result = types_.unit;
  defineVar(self);
  size_t errors = diags_.errorCount();
  Block *block = checkBlock(bodies_[fn].decl->node->body, types_.unit, false);
  bool complete = diags_.errorCount() == errors; // else an assignment may be missing here
  block->stmts.insert(block->stmts.begin(), letOf(self, make));
  // Every field must be assigned where the body runs in any case.
  std::set<unsigned> assigned;
  std::vector<Expr *> places;
  for (Stmt *stmt : block->stmts)
    if (stmt->kind == StmtKind::Assign && !as<AssignStmt>(*stmt).op)
      places.push_back(as<AssignStmt>(*stmt).place);
  for (size_t i = 0; i < places.size(); ++i) {
    if (places[i]->kind == ExprKind::Tuple)
      for (Expr *part : as<TupleExpr>(*places[i]).elems)
        places.push_back(part);
    if (places[i]->kind == ExprKind::Field)
      if (auto &place = as<Field>(*places[i]);
          place.base->kind == ExprKind::VarRef && as<VarRef>(*place.base).var == self)
        assigned.insert(place.index);
  }
  for (size_t i = 0; i < info->fields.size(); ++i)
    if (complete && !info->fields[i].init && !assigned.count(unsigned(i)))
      report(DiagKind::MissingInit, fn->loc,
             "`init` does not assign `" + info->fields[i].name + "`")
          .also(info->fields[i].loc, "the field");
  block->result = varRef(fn->loc, self);
  block->type = selfType;
  fn->body = block;
  bodies_[fn].state = 2;
}

} // namespace nnc::sema
