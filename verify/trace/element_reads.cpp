#include "verify/trace/element_reads.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <sstream>
#include <unordered_set>
#include <utility>
#include <vector>

#include "nlp/core/errors.h"

namespace limbeck::verify {
namespace {

namespace jit = torch::jit;

thread_local ElementReads* watching = nullptr;

constexpr std::string_view kReaders[] = {"aten::item", "aten::_local_scalar_dense",
                                         "aten::is_nonzero", "aten::equal"};

/// Whether elements of `value` are made of elements of `input`; its shape may be.
bool depends(const jit::Value* value, const jit::Value* input) {
  std::vector<const jit::Value*> open = {value};
  std::unordered_set<const jit::Value*> seen(open.begin(), open.end());
  while (!open.empty()) {
    const jit::Value* next = open.back();
    open.pop_back();
    if (next == input) return true;
    if (std::string_view(next->node()->kind().toQualString()) == "aten::size") continue;
    for (const jit::Value* from : next->node()->inputs())
      if (seen.insert(from).second) open.push_back(from);
  }
  return false;
}

std::string description(const char* reader, const jit::Value* value, const at::Tensor& tensor) {
  std::ostringstream text;
  text << reader << " of " << value->node()->kind().toQualString() << " " << tensor.sizes();
  return text.str();
}

std::unique_ptr<at::ObserverContext> look(const at::RecordFunction& call) {
  const std::shared_ptr<jit::tracer::TracingState>& tracing = jit::tracer::getTracingState();
  if (watching == nullptr || !tracing ||
      std::ranges::find(kReaders, std::string_view(call.name())) == std::end(kReaders))
    return nullptr;
  for (const c10::IValue& argument : call.inputs()) {
    if (!argument.isTensor() || !tracing->hasValue(argument)) continue;
    const jit::Value* value = tracing->getValue(argument);
    if (depends(value, tracing->graph->inputs()[0]))
      watching->note(description(call.name(), value, argument.toTensor()));
  }
  return nullptr;
}

}  // namespace

ElementReads::ElementReads()
    : before_(std::exchange(watching, this)),
      handle_(at::addThreadLocalCallback(
          at::RecordFunctionCallback(look).needsInputs(true).scopes({at::RecordScope::FUNCTION}))) {
}

ElementReads::~ElementReads() {
  at::removeCallback(handle_);
  watching = before_;
}

void ElementReads::note(const std::string& read) {
  if (first_.empty()) first_ = read;
}

void ElementReads::require_none() const {
  if (first_.empty()) return;
  throw UnsupportedError(
      "trace_graph: " + first_ +
      ": expected straight code, got a read of elements that depend on the input, by which code "
      "decides (relu, clamp, max and abs are supported)");
}

}  // namespace limbeck::verify
