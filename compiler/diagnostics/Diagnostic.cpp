#include "compiler/diagnostics/Diagnostic.h"
#include <algorithm>
#include <numeric>
#include <tuple>

namespace nnc {

static const KindInfo kKinds[] = {
#define DIAGNOSTIC(NAME, ID, SEVERITY, MEANING) {ID, Severity::SEVERITY, MEANING},
#include "compiler/diagnostics/Kinds.def"
#undef DIAGNOSTIC
};

const KindInfo &info(DiagKind kind) { return kKinds[size_t(kind)]; }

std::vector<DiagKind> allKinds() {
  std::vector<DiagKind> kinds;
  for (size_t i = 0; i < sizeof(kKinds) / sizeof(*kKinds); ++i)
    kinds.push_back(DiagKind(i));
  return kinds;
}

std::optional<DiagKind> findKind(std::string_view id) {
  for (DiagKind kind : allKinds())
    if (id == info(kind).id)
      return kind;
  return std::nullopt;
}

Diagnostic &Diagnostics::report(DiagKind kind, Loc loc, std::string message) {
  list.push_back({kind, std::move(message), {loc, ""}, {}, {}, ""});
  errors += info(kind).severity == Severity::Error;
  return list.back();
}

void Diagnostics::forget(size_t count) {
  for (; list.size() > count; list.pop_back())
    errors -= list.back().severity() == Severity::Error;
}

std::vector<const Diagnostic *> Diagnostics::sorted() const {
  std::vector<size_t> places(list.size());
  std::iota(places.begin(), places.end(), size_t(0));
  std::sort(places.begin(), places.end(), [&](size_t a, size_t b) {
    Loc x = list[a].primary.loc, y = list[b].primary.loc;
    return std::tie(x.file, x.begin, a) < std::tie(y.file, y.begin, b);
  });
  std::vector<const Diagnostic *> order;
  for (size_t place : places)
    order.push_back(&list[place]);
  auto same = [](const Diagnostic *a, const Diagnostic *b) {
    return a->kind == b->kind && a->primary.loc == b->primary.loc && a->message == b->message;
  };
  order.erase(std::unique(order.begin(), order.end(), same), order.end());
  return order;
}

} // namespace nnc
