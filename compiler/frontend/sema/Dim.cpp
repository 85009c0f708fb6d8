#include "compiler/frontend/sema/Dim.h"
#include <algorithm>
#include <numeric>

namespace nnc::sema {

static int compareDims(const Dim &a, const Dim &b) { return a < b ? -1 : b < a ? 1 : 0; }

static int compareAtoms(const DimAtom &a, const DimAtom &b) {
  if (a.kind != b.kind)
    return a.kind < b.kind ? -1 : 1;
  if (a.kind == DimAtom::Kind::Var)
    return a.var == b.var ? 0 : a.var->id < b.var->id ? -1 : 1;
  if (a.kind == DimAtom::Kind::Prod)
    return a.pack == b.pack ? 0 : a.pack->id < b.pack->id ? -1 : 1;
  if (int order = compareDims(*a.lhs, *b.lhs))
    return order;
  return compareDims(*a.rhs, *b.rhs);
}

bool operator<(const DimAtom &a, const DimAtom &b) { return compareAtoms(a, b) < 0; }
bool operator==(const DimAtom &a, const DimAtom &b) { return compareAtoms(a, b) == 0; }

Dim::Dim(int64_t value) {
  if (value)
    terms_[{}] = value;
}
Dim::Dim(const DimVar *var) {
  DimAtom atom;
  atom.var = var;
  terms_[{{atom, 1}}] = 1;
}
Dim::Dim(DimAtom atom) { terms_[{{std::move(atom), 1}}] = 1; }

std::optional<int64_t> Dim::constant() const {
  if (terms_.empty())
    return 0;
  if (terms_.size() == 1 && terms_.begin()->first.empty())
    return terms_.begin()->second;
  return std::nullopt;
}

const DimVar *Dim::asVar() const {
  if (terms_.size() != 1 || terms_.begin()->second != 1)
    return nullptr;
  const Monomial &mono = terms_.begin()->first;
  if (mono.size() != 1 || mono[0].second != 1 || mono[0].first.kind != DimAtom::Kind::Var)
    return nullptr;
  return mono[0].first.var;
}

// Sizes wrap around in int64 rather than trap: a dim that large is refused when it is allocated.
static int64_t addWrapping(int64_t a, int64_t b) { return int64_t(uint64_t(a) + uint64_t(b)); }
static int64_t mulWrapping(int64_t a, int64_t b) { return int64_t(uint64_t(a) * uint64_t(b)); }

Dim operator+(const Dim &a, const Dim &b) {
  Dim sum = a;
  for (auto &[mono, coeff] : b.terms_) {
    int64_t &slot = sum.terms_[mono];
    slot = addWrapping(slot, coeff);
    if (!slot)
      sum.terms_.erase(mono);
  }
  return sum;
}

static Monomial multiply(const Monomial &a, const Monomial &b) {
  Monomial product;
  auto i = a.begin(), j = b.begin();
  while (i != a.end() || j != b.end()) {
    int order = i == a.end() ? 1 : j == b.end() ? -1 : compareAtoms(i->first, j->first);
    if (order == 0) {
      product.push_back({i->first, i->second + j->second});
      ++i, ++j;
    } else {
      product.push_back(order < 0 ? *i++ : *j++);
    }
  }
  return product;
}

Dim operator*(const Dim &a, const Dim &b) {
  Dim product;
  for (auto &[monoA, coeffA] : a.terms_)
    for (auto &[monoB, coeffB] : b.terms_) {
      Monomial mono = multiply(monoA, monoB);
      int64_t &slot = product.terms_[mono];
      slot = addWrapping(slot, mulWrapping(coeffA, coeffB));
      if (!slot)
        product.terms_.erase(mono);
    }
  return product;
}

Dim operator-(const Dim &a, const Dim &b) { return a + Dim(-1) * b; }

// ---- division

static int64_t floorDivInt(int64_t a, int64_t b) {
  if (b == -1)
    return mulWrapping(a, -1);
  int64_t q = a / b;
  return q - ((a % b != 0) && ((a < 0) != (b < 0)));
}

// a / b as monomials, if every power of b is in a.
static std::optional<Monomial> divide(const Monomial &a, const Monomial &b) {
  Monomial quotient;
  auto j = b.begin();
  for (auto &[atom, power] : a) {
    unsigned left = power;
    if (j != b.end() && j->first == atom) {
      if (j->second > power)
        return std::nullopt;
      left -= (j++)->second;
    }
    if (left)
      quotient.push_back({atom, left});
  }
  return j == b.end() ? std::optional<Monomial>(quotient) : std::nullopt;
}

static Dim term(const Monomial &mono, int64_t coeff) {
  Dim product(coeff);
  for (auto &[atom, power] : mono)
    for (unsigned i = 0; i < power; ++i)
      product = product * Dim(atom);
  return product;
}

// a = q * b + r, taking out of `a` whole multiples of b's last term (the largest in the order of
// terms).
static std::pair<Dim, Dim> divideTerms(const Dim &a, const Dim &b) {
  auto &[leadMono, leadCoeff] = *b.terms().rbegin();
  Dim q, r = a;
  if (b.terms().size() == 1) {
    for (auto &[mono, coeff] : a.terms())
      if (auto quotient = divide(mono, leadMono))
        if (int64_t times = floorDivInt(coeff, leadCoeff)) {
          q = q + term(*quotient, times);
          r = r - term(mono, mulWrapping(times, leadCoeff));
        }
    return {q, r};
  }
  // Long division; accepted by the caller only when it comes out even.
  for (unsigned steps = 0; steps < 64 && !r.terms().empty(); ++steps) {
    auto &[mono, coeff] = *r.terms().rbegin();
    auto quotient = divide(mono, leadMono);
    if (!quotient || coeff % leadCoeff)
      break;
    Dim part = term(*quotient, coeff / leadCoeff);
    q = q + part;
    r = r - part * b;
  }
  return {q, r};
}

std::optional<Dim> Dim::divideExactly(const Dim &a, const Dim &b) {
  if (b.terms_.empty())
    return std::nullopt;
  auto [q, r] = divideTerms(a, b);
  return r.terms_.empty() ? std::optional<Dim>(q) : std::nullopt;
}

// The largest monomial and positive number that divide every term of both.
static Dim commonFactor(const Dim &a, const Dim &b) {
  int64_t number = 0;
  std::optional<Monomial> common;
  for (const Dim *dim : {&a, &b})
    for (auto &[mono, coeff] : dim->terms()) {
      if (coeff != INT64_MIN)
        number = std::gcd(number, coeff);
      else
        number = 1;
      if (!common) {
        common = mono;
        continue;
      }
      Monomial kept;
      for (auto &[atom, power] : *common)
        for (auto &[other, otherPower] : mono)
          if (atom == other)
            kept.push_back({atom, std::min(power, otherPower)});
      common = kept;
    }
  return term(common.value_or(Monomial()), number ? number : 1);
}

static Dim binaryAtom(DimAtom::Kind kind, const Dim &a, const Dim &b) {
  DimAtom atom;
  atom.kind = kind;
  atom.lhs = std::make_shared<Dim>(a);
  atom.rhs = std::make_shared<Dim>(b);
  return Dim(atom);
}

// (x / b + t) / c = (x + b*t) / (b*c) for positive constants b and c.
static std::optional<Dim> mergeNested(const Dim &a, int64_t c) {
  const DimAtom *inner = nullptr;
  for (auto &[mono, coeff] : a.terms())
    if (mono.size() == 1 && mono[0].second == 1 && coeff == 1 &&
        mono[0].first.kind == DimAtom::Kind::FloorDiv) {
      if (inner)
        return std::nullopt;
      inner = &mono[0].first;
    }
  if (!inner || c <= 0)
    return std::nullopt;
  auto b = inner->rhs->constant();
  if (!b || *b <= 0 || *b > INT32_MAX || c > INT32_MAX)
    return std::nullopt;
  Dim rest = a - Dim(*inner);
  return Dim::floorDiv(*inner->lhs + rest * *b, *b * c);
}

Dim Dim::floorDiv(const Dim &a, const Dim &b) {
  auto divisor = b.constant();
  if (divisor == 0)
    return binaryAtom(DimAtom::Kind::FloorDiv, a, b);
  if (auto exact = divideExactly(a, b))
    return *exact;
  if (b.terms_.size() > 1) {
    Dim common = commonFactor(a, b);
    if (common == Dim(1))
      return binaryAtom(DimAtom::Kind::FloorDiv, a, b);
    return floorDiv(*divideExactly(a, common), *divideExactly(b, common));
  }
  auto [q, r] = divideTerms(a, b);
  if (auto value = r.constant(); value && divisor)
    return q + Dim(floorDivInt(*value, *divisor));
  Dim common = commonFactor(r, b);
  if (common != Dim(1))
    return q + floorDiv(*divideExactly(r, common), *divideExactly(b, common));
  if (divisor)
    if (auto merged = mergeNested(r, *divisor))
      return q + *merged;
  return q + binaryAtom(DimAtom::Kind::FloorDiv, r, b);
}

Dim Dim::mod(const Dim &a, const Dim &b) {
  auto divisor = b.constant();
  if (divisor == 0 || b.terms_.size() > 1)
    return divisor != 0 && divideExactly(a, b) ? Dim() : binaryAtom(DimAtom::Kind::Mod, a, b);
  Dim r = divideTerms(a, b).second;
  if (r.terms_.empty())
    return r;
  if (auto value = r.constant(); value && divisor)
    return Dim(*value - floorDivInt(*value, *divisor) * *divisor);
  return binaryAtom(DimAtom::Kind::Mod, r, b);
}

static Dim extreme(DimAtom::Kind kind, const Dim &a, const Dim &b) {
  if (auto difference = (a - b).constant())
    return (*difference < 0) == (kind == DimAtom::Kind::Min) ? a : b;
  return b < a ? binaryAtom(kind, b, a) : binaryAtom(kind, a, b);
}
Dim Dim::min(const Dim &a, const Dim &b) { return extreme(DimAtom::Kind::Min, a, b); }
Dim Dim::max(const Dim &a, const Dim &b) { return extreme(DimAtom::Kind::Max, a, b); }

// ---- substitution

static Dim productOf(const Shape &shape) {
  Dim product(1);
  for (const ShapeElem &elem : shape) {
    if (!elem.pack) {
      product = product * elem.dim;
      continue;
    }
    DimAtom atom;
    atom.kind = DimAtom::Kind::Prod;
    atom.pack = elem.pack;
    product = product * Dim(atom);
  }
  return product;
}

static Dim substituteAtom(const DimAtom &atom, const DimBindings &bindings) {
  switch (atom.kind) {
  case DimAtom::Kind::Var: {
    auto found = bindings.dims.find(atom.var);
    return found == bindings.dims.end() ? Dim(atom) : found->second;
  }
  case DimAtom::Kind::Prod: {
    auto found = bindings.packs.find(atom.pack);
    return found == bindings.packs.end() ? Dim(atom) : productOf(found->second);
  }
  default:
    break;
  }
  Dim lhs = substitute(*atom.lhs, bindings), rhs = substitute(*atom.rhs, bindings);
  switch (atom.kind) {
  case DimAtom::Kind::FloorDiv:
    return Dim::floorDiv(lhs, rhs);
  case DimAtom::Kind::Mod:
    return Dim::mod(lhs, rhs);
  case DimAtom::Kind::Min:
    return Dim::min(lhs, rhs);
  default:
    return Dim::max(lhs, rhs);
  }
}

Dim substitute(const Dim &dim, const DimBindings &bindings) {
  if (dim.constant() || (bindings.dims.empty() && bindings.packs.empty()))
    return dim;
  Dim sum;
  for (auto &[mono, coeff] : dim.terms()) {
    Dim product(coeff);
    for (auto &[atom, power] : mono) {
      Dim factor = substituteAtom(atom, bindings);
      for (unsigned i = 0; i < power; ++i)
        product = product * factor;
    }
    sum = sum + product;
  }
  return sum;
}

Shape substitute(const Shape &shape, const DimBindings &bindings) {
  Shape out;
  for (const ShapeElem &elem : shape) {
    if (!elem.pack) {
      ShapeElem copy = elem;
      copy.dim = substitute(elem.dim, bindings);
      out.push_back(std::move(copy));
      continue;
    }
    auto found = bindings.packs.find(elem.pack);
    if (found == bindings.packs.end())
      out.push_back(elem);
    else
      out.insert(out.end(), found->second.begin(), found->second.end());
  }
  return out;
}

void collectVars(const Dim &dim, std::set<const DimVar *> &vars) {
  for (auto &[mono, coeff] : dim.terms())
    for (auto &[atom, power] : mono) {
      if (atom.kind == DimAtom::Kind::Var)
        vars.insert(atom.var);
      for (auto *side : {atom.lhs.get(), atom.rhs.get()})
        if (side)
          collectVars(*side, vars);
    }
}

// ---- printing

static std::string operand(const Dim &dim) {
  std::string text = dim.str();
  bool simple = dim.asVar() || (dim.constant() && *dim.constant() >= 0) || text.back() == ')';
  return simple && text.find(' ') == std::string::npos ? text : "(" + text + ")";
}

static std::string atomStr(const DimAtom &atom, bool alone) {
  auto call = [&](const char *name) {
    return std::string(name) + "(" + atom.lhs->str() + ", " + atom.rhs->str() + ")";
  };
  auto infix = [&](const char *op) {
    std::string text = operand(*atom.lhs) + op + operand(*atom.rhs);
    return alone ? text : "(" + text + ")";
  };
  switch (atom.kind) {
  case DimAtom::Kind::Var:
    return atom.var->name;
  case DimAtom::Kind::Prod:
    return "prod(" + atom.pack->name + ")";
  case DimAtom::Kind::FloorDiv:
    return infix("/");
  case DimAtom::Kind::Mod:
    return infix("%");
  case DimAtom::Kind::Min:
    return call("min");
  case DimAtom::Kind::Max:
    break;
  }
  return call("max");
}

static std::string termStr(const Monomial &mono, int64_t magnitude) {
  std::string text = magnitude == 1 && !mono.empty() ? "" : std::to_string(uint64_t(magnitude));
  bool alone = text.empty() && mono.size() == 1 && mono[0].second == 1;
  for (auto &[atom, power] : mono) {
    text += (text.empty() ? "" : "*") + atomStr(atom, alone);
    if (power > 1)
      text += "^" + std::to_string(power);
  }
  return text;
}

std::string Dim::str() const {
  if (terms_.empty())
    return "0";
  // Terms that are added come first, the constant last: `H + 2*P - 3`.
  std::vector<const std::pair<const Monomial, int64_t> *> order;
  for (int rank = 0; rank < 3; ++rank)
    for (auto &entry : terms_)
      if (rank == (entry.first.empty() ? 2 : entry.second < 0 ? 1 : 0))
        order.push_back(&entry);
  std::string text;
  for (auto *entry : order) {
    bool negative = entry->second < 0;
    int64_t magnitude = negative ? mulWrapping(entry->second, -1) : entry->second;
    text += text.empty() ? (negative ? "-" : "") : (negative ? " - " : " + ");
    text += termStr(entry->first, magnitude);
  }
  return text;
}

std::string str(const Shape &shape) {
  std::string text;
  for (const ShapeElem &elem : shape)
    text += (text.empty() ? "" : ", ") + (elem.pack ? ".." + elem.pack->name : elem.dim.str());
  return text;
}

} // namespace nnc::sema
