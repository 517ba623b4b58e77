package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Writes on their way: a request's body, and where in it each item or key stands.
 *
 * @param table target table
 * @param body parts of the request's body, one behind the other; each item or key stands in one of them
 * @param bodyLength length of the body
 * @param offsets where each item or key begins
 * @param lengths length of each item or key
 * @param deletes whether each write is a delete
 * @param tokens the pipeline's mark of each write
 * @param units write units that each write is expected to take
 */
@SuppressWarnings("ArrayRecordComponent") // Handed over once; compared by nobody.
public record OutgoingBatch(
        String table,
        ByteBuffer[] body,
        int bodyLength,
        int[] offsets,
        int[] lengths,
        boolean[] deletes,
        long[] tokens,
        int[] units) {

    /** How many writes there are. */
    public int size() {
        return tokens.length;
    }

    /** Write units that all writes are expected to take. */
    public int totalUnits() {
        return IntStream.of(units).sum();
    }

    /** Bytes that the body holds on to, with the room behind its parts. */
    long heldBytes() {
        long held = 0;
        for (ByteBuffer part : body) {
            held += part.capacity();
        }
        return held;
    }

    /** Item of a put, or key of a delete. */
    public Map<String, AttributeValue> attributes(int write) {
        Slice slice = slice(write);
        return ItemImage.wrap(slice.part(), slice.offset(), lengths[write]).attributes();
    }

    /** Item of a put, or key of a delete, as JSON. */
    byte[] json(int write) {
        Slice slice = slice(write);
        return Arrays.copyOfRange(slice.part(), slice.offset(), slice.offset() + lengths[write]);
    }

    private Slice slice(int write) {
        int offset = offsets[write];
        int part = 0;
        while (offset >= body[part].limit()) {
            offset -= body[part++].limit();
        }
        return new Slice(body[part].array(), offset);
    }

    /** Where an item or key begins. */
    private record Slice(byte[] part, int offset) {}

    /** The same writes, but only these, in a body of their own. */
    OutgoingBatch subset(int[] writes) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bodyLength);
        out.writeBytes(("{\"RequestItems\":{\"" + table + "\":[").getBytes(StandardCharsets.US_ASCII));
        int n = writes.length;
        int[] newOffsets = new int[n];
        int[] newLengths = new int[n];
        boolean[] newDeletes = new boolean[n];
        long[] newTokens = new long[n];
        int[] newUnits = new int[n];
        for (int i = 0; i < n; i++) {
            int write = writes[i];
            String verb = deletes[write] ? "{\"DeleteRequest\":{\"Key\":" : "{\"PutRequest\":{\"Item\":";
            out.writeBytes(((i == 0 ? "" : ",") + verb).getBytes(StandardCharsets.US_ASCII));
            newOffsets[i] = out.size();
            newLengths[i] = lengths[write];
            newDeletes[i] = deletes[write];
            newTokens[i] = tokens[write];
            newUnits[i] = units[write];
            Slice slice = slice(write);
            out.write(slice.part(), slice.offset(), lengths[write]);
            out.writeBytes("}}".getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes("]},\"ReturnConsumedCapacity\":\"INDEXES\"}".getBytes(StandardCharsets.US_ASCII));
        byte[] newBody = out.toByteArray();
        return new OutgoingBatch(
                table,
                new ByteBuffer[] {ByteBuffer.wrap(newBody)},
                newBody.length,
                newOffsets,
                newLengths,
                newDeletes,
                newTokens,
                newUnits);
    }
}
