/**
 * What is durable of a restore, and how it is taken up again.
 *
 * <p>A journal is a header of 10 bytes (magic, version) and frames: {@code u32 length | u8 type | payload | u32 CRC32C}
 * over what stands before it, numbers big-endian, length that of the payload and at most 1 MiB. The contents of a begin
 * and of a survey go over any number of part frames; the frame behind them says how many bytes they hold and makes them
 * count.
 *
 * <pre>
 * journal = header [ begin [ survey ] ended* [ completed ] ]
 * begin   = BEGIN_PART* BEGIN    survey = SURVEY_PART* SURVEY
 * </pre>
 */
@NullMarked
package io.github.dynarestore.internal.checkpoint;

import org.jspecify.annotations.NullMarked;
