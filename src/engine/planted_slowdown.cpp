#include "engine/planted_slowdown.hpp"

#include "descent/core/aligned.hpp"

namespace descent::engine {
namespace {

const FusedMicrokernels* real = nullptr;
int share = 0;  // percent

/// Calls in hundredths that a thread owes to one kernel.
struct Debt {
  int hundredths = 0;
  bool due() noexcept {
    const bool is_due = hundredths >= 100;
    if (is_due) hundredths -= 100;
    return is_due;
  }
};

/// Room that is written and never read: through a pointer that the kernels are given, so that no compiler leaves the
/// work out.
float* unread(std::size_t size) {
  thread_local core::AlignedBuffer<float> buffer;
  if (buffer.size() < size) buffer = core::AlignedBuffer<float>(size);
  return buffer.data();
}

void forward(const ForwardCall& call) noexcept {
  thread_local Debt debt;
  real->forward(call);
  ForwardCall again = call;
  again.fetch = {};
  for (debt.hundredths += share; debt.due();) real->forward(again);
}

void backward(const BackwardCall& call) noexcept {
  thread_local Debt debt;
  BackwardCall again = call;
  again.fetch = {}, again.add = false;
  for (debt.hundredths += share; debt.due();) {
    again.g = unread(call.outputs * call.g_stride);
    real->backward(again);
  }
  real->backward(call);
}

void finish(const FinishCall& call) noexcept {
  thread_local Debt debt;
  FinishCall again = call;
  again.w_out = nullptr;
  for (debt.hundredths += share; debt.due();) {
    again.g_out = unread(call.outputs * call.stride);
    real->finish(again);
  }
  real->finish(call);
}

void gram(const GramCall& call) noexcept {
  thread_local Debt debt;
  real->gram(call);
  for (debt.hundredths += share; debt.due();) real->gram(call);
}

}  // namespace

const FusedMicrokernels& slowed_down(const FusedMicrokernels& kernels, int percent) {
  static FusedMicrokernels table;
  real = &kernels, share = percent;
  table = kernels;
  table.forward = forward, table.backward = backward, table.finish = finish, table.gram = gram;
  return table;
}

}  // namespace descent::engine
