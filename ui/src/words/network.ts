// Words of the server that this computer hosts.
export const words = {
  open: "Open to the network",
  title: "The server on this computer",
  note: "This computer hosts the space. Others can only connect while it is open and running.",
  isOpen: "Other computers can connect.",
  isClosed: "Only this computer can connect.",
  stopped: "It is not running.",
  address: "Address",
  openNow: "Open to the network",
  closeNow: "Close to the network",
};
