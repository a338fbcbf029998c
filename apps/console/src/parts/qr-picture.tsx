// A text as a QR code, in black on white in either appearance: cameras want it so.
import { QRCode } from 'antd'

export function QrPicture({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="qr-picture" role="img" aria-label={label}>
      {/* Its own picture has a role and no name. */}
      <div aria-hidden="true">
        <QRCode type="svg" value={text} size={180} marginSize={4} bordered={false} color="#000" bgColor="#fff" />
      </div>
    </div>
  )
}
