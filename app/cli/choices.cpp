#include "app/cli/choices.h"

#include "core/error.h"

namespace octet::cli {

Precision precision_of(const std::string& name) {
  if (const auto precision = precision_from(name)) return *precision;
  throw Error(ErrorKind::usage, "unknown precision \"" + name + "\"", "use fp32, bf16, fp16 or int8");
}

Method method_of(const std::string& name) {
  if (const auto method = method_from(name)) return *method;
  throw Error(ErrorKind::usage, "unknown method \"" + name + "\"",
              "use weight-only, dynamic, llm-int8, gptq or adaround");
}

}  // namespace octet::cli
