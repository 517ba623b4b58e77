package io.github.dynarestore;

import io.github.dynarestore.S3CheckpointObjects.Listed;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Reads segments one behind the other, and asks for some of them ahead: an hour of writing leaves a hundred thousand. */
final class S3SegmentsInputStream extends InputStream {

    private static final int AHEAD = 32;

    private record Asked(Listed listed, CompletableFuture<ResponseBytes<GetObjectResponse>> answer) {}

    private final S3CheckpointObjects objects;
    private final Iterator<Listed> rest;
    private final Queue<Asked> asked = new ArrayDeque<>(AHEAD);
    private byte[] segment = new byte[0];
    private int position;

    S3SegmentsInputStream(S3CheckpointObjects objects, List<Listed> segments) {
        this.objects = objects;
        this.rest = segments.iterator();
    }

    @Override
    public int read() throws IOException {
        return hasMore() ? segment[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!hasMore()) {
            return -1;
        }
        int step = Math.min(length, segment.length - position);
        System.arraycopy(segment, position, bytes, offset, step);
        position += step;
        return step;
    }

    private boolean hasMore() throws IOException {
        while (position == segment.length) {
            while (asked.size() < AHEAD && rest.hasNext()) {
                Listed next = rest.next();
                asked.add(new Asked(next, objects.getLater(next.name())));
            }
            Asked next = asked.poll();
            if (next == null) {
                return false;
            }
            segment = objects.get(next.listed().name(), next.answer()).bytes();
            position = 0;
            if (segment.length != next.listed().sizeBytes()) {
                throw new IOException("the object " + next.listed().name() + " is not as it was listed");
            }
        }
        return true;
    }

    @Override
    public void close() {
        asked.forEach(unread -> unread.answer().cancel(true));
        asked.clear();
    }
}
