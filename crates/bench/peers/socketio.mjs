// A Socket.IO relay as it comes, on PORT: what a socket says in a room goes to all others in it.
import { createServer } from 'node:http'
import { Server } from 'socket.io'

const http = createServer()
new Server(http).on('connection', (socket) => {
  const { room } = socket.handshake.query
  socket.join(room)
  socket.on('update', (update) => socket.to(room).emit('update', update))
})
http.listen(Number(process.env.PORT), '127.0.0.1')
