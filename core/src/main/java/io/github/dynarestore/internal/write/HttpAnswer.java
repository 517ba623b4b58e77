package io.github.dynarestore.internal.write;

import org.jspecify.annotations.Nullable;

/**
 * A whole answer of HTTP.
 *
 * @param status its status
 * @param crc32 what the service says of its body in {@code x-amz-crc32}
 * @param requestId {@code x-amzn-RequestId}
 * @param body all of its body
 */
@SuppressWarnings("ArrayRecordComponent") // Handed over once; compared by nobody.
record HttpAnswer(
        int status, @Nullable String crc32, @Nullable String requestId, byte[] body) {}
