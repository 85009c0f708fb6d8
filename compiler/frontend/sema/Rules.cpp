// Derivatives that the program gives: `@vjp(of: f)` and `@jvp(of: f)`.
#include "compiler/frontend/sema/Checker.h"

namespace nnc::sema {

// Tells the functions of a file of their rules.
void Checker::linkRules(Module &module) {
  for (const ast::Stmt *stmt : module.file->stmts) {
    auto *fn = stmt->as<ast::FnDecl>();
    if (!fn)
      continue;
    for (const ast::Attribute &attribute : fn->marks.attributes) {
      bool reverse = attribute.name.text == "vjp";
      if (!reverse && attribute.name.text != "jvp")
        continue;
      const ast::Expr *of = attribute.args.size() == 1 && attribute.args[0].name.text == "of"
                                ? attribute.args[0].value
                                : nullptr;
      auto known = [&](const ast::Ident &named) -> Symbol * {
        auto it = module.scope->names.find(named.text);
        return it == module.scope->names.end() || it->second.kind == Symbol::Kind::Let
                   ? nullptr
                   : resolve(&it->second, named.loc);
      };
      // f, or m.f of a module m
      Symbol *named = nullptr;
      if (auto *name = of ? of->as<ast::NameExpr>() : nullptr) {
        named = known(name->name);
      } else if (auto *field = of ? of->as<ast::FieldExpr>() : nullptr) {
        auto *base = field->base->as<ast::NameExpr>();
        Symbol *from = base ? known(base->name) : nullptr;
        if (from && from->kind == Symbol::Kind::Module) {
          Symbol *member = memberOf(*from->module, field->name.text, field->name.loc, true);
          if (!member)
            continue;
          named = member->kind == Symbol::Kind::Let ? nullptr : resolve(member, field->name.loc);
        }
      }
      Symbol *own = known(fn->name);
      FnDecl *target = named ? named->fn : nullptr, *rule = own ? own->fn : nullptr;
      if (!target || !rule || target == rule || !target->node->body) {
        report(DiagKind::BadRule, attribute.loc,
               "`@" + attribute.name.text +
                   "(of: f)` stands before a rule for a function of this file or one that it "
                   "imports");
        continue;
      }
      FnDecl *&place = reverse ? target->vjp : target->jvp;
      if (place)
        report(DiagKind::BadRule, attribute.loc,
               "`" + target->node->name.text + "` has such a rule already")
            .also(place->node->name.loc, "this one");
      place = rule;
    }
  }
}

static bool isOfFloats(const Type *type) {
  if (!type->is(Type::Kind::Tuple))
    return type->is(Type::Kind::Tensor) && type->isFloat();
  for (const Type *elem : type->elems)
    if (!isOfFloats(elem))
      return false;
  return !type->elems.empty();
}

void Checker::reportBadRule(FnDecl &fn, FnDecl &rule, const std::string &what) {
  if (!fn.saidBadRule)
    report(DiagKind::BadRule, rule.node->name.loc, what)
        .also(fn.node->name.loc, "the function that it is a rule for");
  fn.saidBadRule = true;
}

// What the rules of `fn` make of this call of it.
CustomRule *Checker::customRule(const Call &call, FnDecl &fn) {
  if (fn.saidBadRule ||
      (frame_ && frame_->decl && (frame_->decl == fn.vjp || frame_->decl == fn.jvp)))
    return nullptr;
  FnDecl &any = fn.vjp ? *fn.vjp : *fn.jvp;
  CustomRule made;
  TypeContext::List cotangents;
  std::vector<ArgIn> args, tangents;
  const Type *result = call.type;
  if (!isOfFloats(result)) {
    reportBadRule(fn, any,
                  "a function with rules gives tensors of floats, and `" + fn.node->name.text +
                      "` gives " + result->str());
    return nullptr;
  }
  for (size_t i = 0; i < call.args.size(); ++i) {
    const Type *type = call.args[i].value->type;
    if (call.args[i].byRef || type->is(Type::Kind::Fn) ||
        fn.params[i].special != ParamSig::Special::None) {
      reportBadRule(fn, any, "the parameters of a function with rules are values, not updated");
      return nullptr;
    }
    made.params.push_back(newVar({fn.params[i].name, call.loc}, type, false));
    args.push_back(typedArg(varRef(call.loc, made.params.back()), nullptr));
    if (!isDifferentiable(type))
      continue;
    cotangents.push_back(types_.tree(type));
    made.tangents.push_back(newVar({"d" + fn.params[i].name, call.loc}, cotangents.back(), false));
    tangents.push_back(typedArg(varRef(call.loc, made.tangents.back()), nullptr));
  }
  if (cotangents.empty()) {
    reportBadRule(fn, any, "`" + fn.node->name.text + "` has no parameter of floats");
    return nullptr;
  }
  // A rule may call its function: that makes neither of them recursive.
  std::set<FnInstance *> callees;
  if (frame_ && frame_->fn)
    callees = bodies_[frame_->fn].callees;
  const Type *wanted = cotangents.size() == 1 ? cotangents[0] : types_.tuple(cotangents);
  if (fn.vjp) {
    made.vjp =
        callFn(fn.vjp, nullptr, nullptr, nullptr, args, call.loc, fn.vjp->node->name, nullptr);
    const Type *type = made.vjp->type;
    const Type *pull =
        type->is(Type::Kind::Tuple) && type->elems.size() == 2 ? type->elems[1] : nullptr;
    const Type *right = types_.tuple({result, types_.function({result}, {false}, wanted)});
    bool fits = pull && pull->is(Type::Kind::Fn) && pull->elems.size() == 1 &&
                type->elems[0] == result && pull->elems[0] == result && pull->result == wanted;
    if (!type->is(Type::Kind::Error) && !fits)
      reportBadRule(fn, *fn.vjp, "this rule must give " + right->str() + ", not " + type->str());
    if (!fits)
      return nullptr;
  }
  if (fn.jvp) {
    args.insert(args.end(), tangents.begin(), tangents.end());
    made.jvp =
        callFn(fn.jvp, nullptr, nullptr, nullptr, args, call.loc, fn.jvp->node->name, nullptr);
    const Type *right = types_.tuple({result, result});
    if (!made.jvp->type->is(Type::Kind::Error) && made.jvp->type != right)
      reportBadRule(fn, *fn.jvp,
                    "this rule must give " + right->str() + ", not " + made.jvp->type->str());
    if (made.jvp->type != right)
      return nullptr;
  }
  if (frame_ && frame_->fn)
    bodies_[frame_->fn].callees = callees;
  return arena_->make<CustomRule>(std::move(made));
}

} // namespace nnc::sema
