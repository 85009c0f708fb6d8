// The host dialect: everything of a program that is not a pure tensor computation. Strings, lists, files,
// data sets and printing are opaque handles and calls of the runtime; loops and branches are scf.
#ifndef HOST_DIALECT_TD
#define HOST_DIALECT_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def Host_Dialect : Dialect {
  let name = "host";
  let cppNamespace = "::nnc::host";
  let summary = "the effectful part of a program: handles, runtime calls and launches of graphs";
  let useDefaultTypePrinterParser = 1;
}

class Host_Type<string cppName, string typeMnemonic> : TypeDef<Host_Dialect, cppName> {
  let mnemonic = typeMnemonic;
}

def Host_Handle : Host_Type<"Handle", "handle"> {
  let summary = "a reference-counted value of the runtime: text, list, map, data set, iterator, archive";
}

def Host_Ptr : Host_Type<"Ptr", "ptr"> {
  let summary = "a pointer to constant data of the program: a C string or a table";
}

def Host_Managed : AnyTypeOf<[AnyRankedTensor, Host_Handle], "tensor or handle">;

#endif
