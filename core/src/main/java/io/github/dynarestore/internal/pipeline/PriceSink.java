package io.github.dynarestore.internal.pipeline;

import io.github.dynarestore.internal.plan.TableIndex;
import io.github.dynarestore.internal.plan.WritePrice;
import io.github.dynarestore.json.KeyReader;
import java.util.List;

/** Sends nothing and adds up what it would cost. */
final class PriceSink implements WriteSink {

    /** What was added up, by all threads. */
    static final class Sum {
        private final WritePrice price;
        private long puts;
        private long deletes;
        private long putBytes;

        Sum(List<TableIndex> indexes) {
            price = new WritePrice(indexes);
        }

        private synchronized void add(PriceSink sink) {
            price.add(sink.price);
            puts += sink.puts;
            deletes += sink.deletes;
            putBytes += sink.putBytes;
        }

        WritePrice price() {
            return price;
        }

        long puts() {
            return puts;
        }

        long deletes() {
            return deletes;
        }

        long putBytes() {
            return putBytes;
        }
    }

    private final Sum sum;
    private final WritePrice price;
    private long puts;
    private long deletes;
    private long putBytes;

    PriceSink(Sum sum, List<TableIndex> indexes) {
        this.sum = sum;
        price = new WritePrice(indexes);
    }

    @Override
    public void put(Item item, KeyReader key, long token) {
        price.addPut(item.json(), item.offset(), item.length(), item.sizeBytes());
        puts++;
        putBytes += item.sizeBytes();
    }

    @Override
    public void delete(byte[] keyJson, KeyReader key, long token) {
        price.addDelete();
        deletes++;
    }

    @Override
    public void left(long token) {
        // It costs nothing.
    }

    @Override
    public void flush() {
        sum.add(this);
    }
}
