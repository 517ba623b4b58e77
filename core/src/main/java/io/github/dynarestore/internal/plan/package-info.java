/** The plan after it has met the real table and the real listing. */
@NullMarked
package io.github.dynarestore.internal.plan;

import org.jspecify.annotations.NullMarked;
