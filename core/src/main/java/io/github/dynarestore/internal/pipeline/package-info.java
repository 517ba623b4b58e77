/** Connects the stages; owns threads, budgets and cancellation. */
@NullMarked
package io.github.dynarestore.internal.pipeline;

import org.jspecify.annotations.NullMarked;
