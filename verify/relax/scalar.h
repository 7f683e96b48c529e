#pragma once

#include "verify/relax/operation.h"

/// Functions of one number; `numbers` hold their parameters.
namespace limbeck::verify {

extern const ScalarRule kRelu;
extern const ScalarRule kLeakyRelu;  ///< numbers: slope below 0, in [0, 1]
extern const ScalarRule kAbs;
extern const ScalarRule kClamp;  ///< numbers: least, most
extern const ScalarRule kTanh;
extern const ScalarRule kSigmoid;
extern const ScalarRule kErf;
extern const ScalarRule kExp;
extern const ScalarRule kLog;         ///< -inf and unbounded where the interval reaches 0
extern const ScalarRule kSqrt;        ///< of max(x, 0)
extern const ScalarRule kRsqrt;       ///< unbounded where the interval reaches 0
extern const ScalarRule kReciprocal;  ///< unbounded where the interval contains 0
extern const ScalarRule kSquare;
extern const ScalarRule kPower;     ///< numbers: integer exponent >= 2
extern const ScalarRule
    kRealPower;  ///< numbers: exponent, not 0 or 1; unbounded where the interval reaches below 0
extern const ScalarRule kGelu;      ///< x Phi(x)
extern const ScalarRule kGeluTanh;  ///< its approximation by tanh
extern const ScalarRule kSilu;      ///< x sigmoid(x)
extern const ScalarRule kSoftplus;
extern const ScalarRule kSin;
extern const ScalarRule kCos;

}  // namespace limbeck::verify
