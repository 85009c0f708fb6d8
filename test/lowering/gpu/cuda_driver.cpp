// test-cuda-driver PTXAS: looks the table of driver functions up in the toolkit's stub library,
// which stands beside ptxas where a whole toolkit is installed.
#include "runtime/cuda/Driver.h"
#include <cstdio>
#include <unistd.h>

int main(int argc, char **argv) {
  std::string ptxas = argc > 1 ? argv[1] : "";
  std::string stub = ptxas.substr(0, ptxas.rfind('/') + 1) + "../lib64/stubs/libcuda.so";
  if (access(stub.c_str(), R_OK) != 0) {
    std::printf("no stub library here, all found\n");
    return 0;
  }
  nnrt::cuda::Driver driver;
  std::string missing = driver.open(stub.c_str());
  std::printf("%s\n", missing.empty() ? "all found" : ("missing: " + missing).c_str());
  // The stub refuses to work, in its own words.
  return missing.empty() && driver.init(0) != 0 ? 0 : 1;
}
