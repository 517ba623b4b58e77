package io.github.dynarestore.internal.write;

import io.github.dynarestore.model.ItemImage;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.IntStream;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Writes on their way: a request's body, and where in it each item or key stands.
 *
 * @param table target table
 * @param body body of the request, and perhaps room behind it
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
        byte[] body,
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

    /** Item of a put, or key of a delete. */
    Map<String, AttributeValue> attributes(int write) {
        return ItemImage.wrap(body, offsets[write], lengths[write]).attributes();
    }

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
            out.write(body, offsets[write], lengths[write]);
            out.writeBytes("}}".getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes("]},\"ReturnConsumedCapacity\":\"INDEXES\"}".getBytes(StandardCharsets.US_ASCII));
        byte[] newBody = out.toByteArray();
        return new OutgoingBatch(
                table, newBody, newBody.length, newOffsets, newLengths, newDeletes, newTokens, newUnits);
    }
}
