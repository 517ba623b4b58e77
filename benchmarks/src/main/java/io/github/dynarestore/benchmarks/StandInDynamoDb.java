package io.github.dynarestore.benchmarks;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A DynamoDB that takes every batch at once and keeps nothing, so that a client's own cost can be seen. It tells on
 * {@code /arrivals} when how many puts came since it was asked last, if it was started with {@code arrivals}: one thread
 * reads all connections and takes the time before anything else, as the lateness of a second one would look like a burst.
 *
 * <p>What a batch consumed is answered where it is asked for: a unit for each put, which is right for items up to 1 KB.
 */
final class StandInDynamoDb extends SimpleChannelInboundHandler<FullHttpRequest> {

    private static final String TABLE = "{\"Table\":{\"TableName\":\"t\",\"TableStatus\":\"ACTIVE\",\"TableId\":\"0\","
            + "\"KeySchema\":[{\"AttributeName\":\"pk\",\"KeyType\":\"HASH\"}],"
            + "\"AttributeDefinitions\":[{\"AttributeName\":\"pk\",\"AttributeType\":\"S\"}],"
            + "\"ProvisionedThroughput\":{\"ReadCapacityUnits\":1,\"WriteCapacityUnits\":40000}}}";

    /** A page of a scan, which says what it took, as that of a restore asks for it. */
    private static final String NO_ITEMS = "{\"Count\":0,\"Items\":[],\"ScannedCount\":0,"
            + "\"ConsumedCapacity\":{\"TableName\":\"t\",\"CapacityUnits\":1.0}}";

    private static final ByteBuf PUT = Unpooled.copiedBuffer("PutRequest", StandardCharsets.UTF_8);
    private static final ByteBuf TABLE_NAME = Unpooled.copiedBuffer("\"RequestItems\":{\"", StandardCharsets.UTF_8);
    private static final ByteBuf ASKS_FOR_UNITS =
            Unpooled.copiedBuffer("\"ReturnConsumedCapacity\":\"", StandardCharsets.UTF_8);

    /** Where a field lies that stands before or behind all items, within so many bytes of the body's begin or end. */
    private static final int EDGE_BYTES = 64;

    private static final int MAX_REQUEST_BYTES = 16 << 20;

    /** Used by the one event loop alone. */
    private final StringBuilder arrivals;

    private final boolean tellsArrivals;
    private final ArrivalTime arrival = new ArrivalTime();

    private StandInDynamoDb(StringBuilder arrivals, boolean tellsArrivals) {
        this.arrivals = arrivals;
        this.tellsArrivals = tellsArrivals;
    }

    /** When the first byte of the request under way came; of one connection. */
    private static final class ArrivalTime extends ChannelInboundHandlerAdapter {
        private long nanos;
        private boolean isWithin;

        @Override
        public void channelRead(ChannelHandlerContext context, Object bytes) {
            if (!isWithin) {
                isWithin = true;
                nanos = System.nanoTime();
            }
            context.fireChannelRead(bytes);
        }

        long ended() {
            isWithin = false;
            return nanos;
        }
    }

    /** Argument: {@code arrivals}, or none. */
    public static void main(String[] args) throws IOException {
        boolean tellsArrivals = args.length > 0 && args[0].equals("arrivals");
        StringBuilder arrivals = new StringBuilder();
        EventLoopGroup eventLoop = new NioEventLoopGroup(1);
        Channel server = new ServerBootstrap()
                .group(eventLoop)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        StandInDynamoDb answers = new StandInDynamoDb(arrivals, tellsArrivals);
                        channel.pipeline()
                                .addLast(
                                        answers.arrival,
                                        new HttpServerCodec(),
                                        new HttpObjectAggregator(MAX_REQUEST_BYTES),
                                        answers);
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
        StandInProcess.serveOn(((InetSocketAddress) server.localAddress()).getPort());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
        long nanos = arrival.ended();
        if (request.uri().equals("/arrivals")) {
            String told = arrivals.toString();
            arrivals.setLength(0);
            send(context, HttpResponseStatus.OK, told);
            return;
        }
        boolean isTrial = String.valueOf(request.headers().get(HttpHeaderNames.USER_AGENT))
                .contains("dynarestore/trial");
        if (isTrial) {
            send(
                    context,
                    HttpResponseStatus.BAD_REQUEST,
                    "{\"__type\":\"com.amazon.coral.validate#ValidationException\"}");
            return;
        }
        String target = String.valueOf(request.headers().get("X-Amz-Target"));
        send(
                context,
                HttpResponseStatus.OK,
                target.endsWith("DescribeTable")
                        ? TABLE
                        : target.endsWith("Scan") ? NO_ITEMS : taken(request.content(), nanos));
    }

    /** Answer to a batch. */
    private String taken(ByteBuf batch, long nanos) {
        boolean asksForUnits = asksForUnits(batch);
        int puts = tellsArrivals || asksForUnits ? count(batch, PUT) : 0;
        if (tellsArrivals && puts > 0) {
            arrivals.append(nanos).append(' ').append(puts).append('\n');
        }
        if (!asksForUnits) {
            return "{\"UnprocessedItems\":{}}";
        }
        return "{\"ConsumedCapacity\":[{\"TableName\":\"" + tableName(batch) + "\",\"CapacityUnits\":" + puts
                + ".0,\"Table\":{\"CapacityUnits\":" + puts + ".0}}],\"UnprocessedItems\":{}}";
    }

    private static boolean asksForUnits(ByteBuf batch) {
        int edge = Math.min(EDGE_BYTES, batch.readableBytes());
        return ByteBufUtil.indexOf(ASKS_FOR_UNITS, batch.slice(batch.readerIndex(), edge)) >= 0
                || ByteBufUtil.indexOf(ASKS_FOR_UNITS, batch.slice(batch.writerIndex() - edge, edge)) >= 0;
    }

    /** Name of the first table; a batch of any client here has one. */
    private static String tableName(ByteBuf batch) {
        int before = ByteBufUtil.indexOf(TABLE_NAME, batch);
        if (before < 0) {
            return "";
        }
        int from = before + TABLE_NAME.readableBytes();
        int to = batch.indexOf(from, batch.writerIndex(), (byte) '"');
        return batch.toString(from, to - from, StandardCharsets.UTF_8);
    }

    private static int count(ByteBuf body, ByteBuf part) {
        int count = 0;
        ByteBuf left = body.duplicate();
        for (int at = left.bytesBefore((byte) 'P'); at >= 0; at = left.bytesBefore((byte) 'P')) {
            left.skipBytes(at);
            if (left.readableBytes() >= part.readableBytes()
                    && left.slice(left.readerIndex(), part.readableBytes()).equals(part)) {
                count++;
            }
            left.skipBytes(1);
        }
        return count;
    }

    private static void send(ChannelHandlerContext context, HttpResponseStatus status, String body) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, status, Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/x-amz-json-1.0");
        response.headers()
                .set(HttpHeaderNames.CONTENT_LENGTH, response.content().readableBytes());
        var unused = context.writeAndFlush(response, context.voidPromise());
    }
}
